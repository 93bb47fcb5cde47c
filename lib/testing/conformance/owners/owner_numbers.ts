/**
 * How much the cases of the conformance suite for owner engines do, and how long they wait.
 *
 * @module
 */

import type { ConformanceNumbers } from "../numbers.ts";

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

const DEFAULTS: Required<OwnerConformanceNumbers> = {
  ttlMs: 1000,
  races: 50,
  noticeMs: 5000,
  backMs: 2000,
  patienceMs: 10_000,
  quietMs: 100,
};

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a number is not positive.
 */
export function checkedOwnerNumbers(numbers: OwnerConformanceNumbers): Required<OwnerConformanceNumbers> {
  const checked = { ...DEFAULTS, ...numbers };
  for (const [name, value] of Object.entries(checked)) {
    if (!(value > 0)) throw new RangeError(`Cannot test owner engine: "${name}" must be > 0, received ${value}`);
  }
  return checked;
}
