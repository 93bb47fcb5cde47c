/**
 * How much the cases of the conformance suite for history engines do, and how long they wait.
 *
 * @module
 */

import type { ConformanceNumbers } from "../numbers.ts";
import { WAITS } from "../_patience.ts";

/** Numbers of `historyConformance`. Lower ones make it quicker and find less. */
export interface HistoryConformanceNumbers
  extends Pick<ConformanceNumbers, "maxPayloadBytes" | "noticeMs" | "backMs" | "patienceMs" | "quietMs"> {
  /**
   * How many messages several nodes publish to one topic at the same time.
   *
   * @default {300}
   */
  readonly messages?: number;
  /**
   * How many topics get a message right after a node has subscribed.
   *
   * @default {200}
   */
  readonly races?: number;
}

/** The defaults. */
export const HISTORY_NUMBERS: Required<HistoryConformanceNumbers> = {
  messages: 300,
  races: 200,
  maxPayloadBytes: 2_000_000,
  ...WAITS,
};
