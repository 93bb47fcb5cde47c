/**
 * How much the cases of the conformance suite do, and how long they wait.
 *
 * @module
 */

import { WAITS } from "./_patience.ts";

/** Numbers of `adapterConformance`. Lower ones make it quicker and find less. */
export interface ConformanceNumbers {
  /**
   * How many broadcasts must arrive in order.
   *
   * @default {10_000}
   */
  readonly orderedBroadcasts?: number;
  /**
   * How long the receiver of these stalls, in milliseconds.
   *
   * @default {2000}
   */
  readonly stallMs?: number;
  /**
   * How many topics get a broadcast right after a node has subscribed.
   *
   * @default {1000}
   */
  readonly races?: number;
  /**
   * How many topics a node joins and leaves in the test of memory.
   *
   * @default {10_000}
   */
  readonly topics?: number;
  /**
   * The size of the largest payload, in bytes.
   *
   * @default {5_000_000}
   */
  readonly maxPayloadBytes?: number;
  /**
   * Within which time a node must notice that it is disconnected, or refused, in milliseconds.
   *
   * @default {5000}
   */
  readonly noticeMs?: number;
  /**
   * Within which time a node must be back after its engine is, in milliseconds.
   *
   * @default {2000}
   */
  readonly backMs?: number;
  /**
   * How long to wait for what must come, in milliseconds. It costs time only where something is wrong.
   *
   * @default {10_000}
   */
  readonly patienceMs?: number;
  /**
   * How long to wait for what must not come, in milliseconds.
   *
   * @default {100}
   */
  readonly quietMs?: number;
}

/** The defaults. */
export const NUMBERS: Required<ConformanceNumbers> = {
  orderedBroadcasts: 10_000,
  stallMs: 2000,
  races: 1000,
  topics: 10_000,
  maxPayloadBytes: 5_000_000,
  ...WAITS,
};
