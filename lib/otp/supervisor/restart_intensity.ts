/**
 * How many restarts are too many.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";

/** How many restarts a supervisor puts up with. */
export interface RestartLimits {
  /**
   * How many restarts there may be within `maxSeconds`; with one more the supervisor gives up. An integer of at least
   * 0, or `Infinity`.
   *
   * @default {3}
   */
  readonly maxRestarts?: number | undefined;
  /**
   * The time within which restarts are counted, in seconds. More than 0.
   *
   * @default {5}
   */
  readonly maxSeconds?: number | undefined;
}

/** Counts restarts. What it returns depends on nothing but the times that it is given. */
export class RestartIntensity {
  /** How many restarts there may be within the time. */
  readonly maxRestarts: number;
  /** The time, in seconds. */
  readonly maxSeconds: number;
  readonly #times: Deque<number> = new Deque();

  /**
   * Creates a counter that has seen no restart.
   *
   * @throws {RangeError} If a limit makes no sense.
   */
  constructor({ maxRestarts = 3, maxSeconds = 5 }: RestartLimits = {}) {
    if (!(maxRestarts === Infinity || (Number.isInteger(maxRestarts) && maxRestarts >= 0))) {
      throw new RangeError(
        `Cannot start supervisor: "maxRestarts" must be an integer >= 0 or Infinity, received ${maxRestarts}`,
      );
    }
    if (!(maxSeconds > 0)) {
      throw new RangeError(`Cannot start supervisor: "maxSeconds" must be > 0, received ${maxSeconds}`);
    }
    this.maxRestarts = maxRestarts;
    this.maxSeconds = maxSeconds;
  }

  /**
   * Notes a restart.
   *
   * @param nowMs The time in milliseconds, by a clock that never goes back.
   * @returns Whether it may take place: `false` if there are now more than `maxRestarts` within `maxSeconds`.
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
