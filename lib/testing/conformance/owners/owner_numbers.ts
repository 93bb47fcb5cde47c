/**
 * How much the cases of the conformance suite for owner engines do, and how long they wait.
 *
 * @module
 */

import type { ConformanceNumbers } from "../numbers.ts";
import { WAITS } from "../_patience.ts";

/** Numbers of `ownerConformance`. Lower ones make it quicker and find less. */
export interface OwnerConformanceNumbers
  extends Pick<ConformanceNumbers, "noticeMs" | "backMs" | "patienceMs" | "quietMs"> {
  /**
   * How long a session lives without a renewal, in milliseconds. The cases renew sessions as the library does.
   *
   * @default {1000}
   */
  readonly ttlMs?: number;
  /**
   * How many keys several nodes claim at the same time.
   *
   * @default {50}
   */
  readonly races?: number;
}

/** The defaults. */
export const OWNER_NUMBERS: Required<OwnerConformanceNumbers> = {
  ttlMs: 1000,
  races: 50,
  ...WAITS,
};
