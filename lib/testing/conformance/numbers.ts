/**
 * How much the cases of the conformance suite do, and how long they wait.
 *
 * @module
 */

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

const DEFAULTS: Required<ConformanceNumbers> = {
  orderedBroadcasts: 10_000,
  stallMs: 2000,
  races: 1000,
  topics: 10_000,
  maxPayloadBytes: 5_000_000,
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
export function checkedNumbers(numbers: ConformanceNumbers): Required<ConformanceNumbers> {
  const checked = { ...DEFAULTS, ...numbers };
  for (const [name, value] of Object.entries(checked)) {
    if (!(value > 0)) throw new RangeError(`Cannot test adapter: "${name}" must be > 0, received ${value}`);
  }
  return checked;
}
