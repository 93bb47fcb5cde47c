/**
 * How much the cases of the conformance suite for history engines do, and how long they wait.
 *
 * @module
 */

import type { ConformanceNumbers } from "../numbers.ts";

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

const DEFAULTS: Required<HistoryConformanceNumbers> = {
  messages: 300,
  races: 200,
  maxPayloadBytes: 2_000_000,
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
export function checkedHistoryNumbers(numbers: HistoryConformanceNumbers): Required<HistoryConformanceNumbers> {
  const checked = { ...DEFAULTS, ...numbers };
  for (const [name, value] of Object.entries(checked)) {
    if (!(value > 0)) throw new RangeError(`Cannot test history engine: "${name}" must be > 0, received ${value}`);
  }
  return checked;
}
