/**
 * Restart intensity: how many restarts within a period make a supervisor give up.
 *
 * @module
 */

import { checkPositive } from "../../base/check_number.ts";
import { Deque } from "../../base/deque.ts";

/**
 * Limits on the restarts of a supervisor.
 *
 * @category Supervision
 */
export interface RestartLimits {
  /**
   * Maximum number of restarts within `maxSeconds`; at one more, the supervisor gives up. An integer of at least 0, or
   * `Infinity`.
   *
   * @default {3}
   */
  readonly maxRestarts?: number | undefined;
  /**
   * The period in which restarts are counted, in seconds. More than 0.
   *
   * @default {5}
   */
  readonly maxSeconds?: number | undefined;
}

/** Counts restarts. Pure: the results depend only on the times passed to it. */
export class RestartIntensity {
  /** Maximum number of restarts within `maxSeconds`. */
  readonly maxRestarts: number;
  /** The period, in seconds. */
  readonly maxSeconds: number;
  readonly #times: Deque<number> = new Deque();

  /**
   * Creates a counter without restarts.
   *
   * @throws {RangeError} If a limit is out of range.
   */
  constructor({ maxRestarts = 3, maxSeconds = 5 }: RestartLimits = {}) {
    if (!(maxRestarts === Infinity || (Number.isInteger(maxRestarts) && maxRestarts >= 0))) {
      throw new RangeError(
        `Cannot start supervisor: "maxRestarts" must be an integer >= 0 or Infinity, received ${maxRestarts}`,
      );
    }
    checkPositive("start supervisor", "maxSeconds", maxSeconds);
    this.maxRestarts = maxRestarts;
    this.maxSeconds = maxSeconds;
  }

  /**
   * Records a restart.
   *
   * @param nowMs The current time of a monotonic clock, in milliseconds.
   * @returns Whether the restart is allowed: `false` if there are now more than `maxRestarts` within `maxSeconds`.
   */
  admit(nowMs: number): boolean {
    if (this.maxRestarts === Infinity) return true;
    const times = this.#times;
    times.push(nowMs);
    // Only the oldest of the last `maxRestarts + 1` matters: if that is recent, all are.
    if (times.length <= this.maxRestarts) return true;
    return nowMs - times.shift()! > this.maxSeconds * 1000;
  }
}
