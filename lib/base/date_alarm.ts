/**
 * A function to call at a moment of the clock on the wall, on the shared timer wheel.
 *
 * @module
 */

import { Timer, timers } from "./timer_wheel.ts";

/** The clock is looked at this often: it may be put forward, also by a machine that has slept. */
const LONGEST_NAP_MS = 60_000;

/**
 * Calls a function once, when `Date.now()` has come to a moment: not before, also if the clock is set back meanwhile,
 * and at most a minute after, if it is put forward.
 */
export class DateAlarm extends Timer {
  readonly #ring: () => void;
  #atMs = Infinity;

  /** Creates an alarm that is not set. */
  constructor(ring: () => void) {
    super();
    this.#ring = ring;
  }

  /** Sets it, instead of whatever it was set to. A moment that is over is soon; `Infinity` never comes. */
  set(atMs: number): this {
    this.#atMs = atMs;
    timers.cancel(this);
    if (atMs !== Infinity) timers.add(this, Math.min(Math.max(0, atMs - Date.now()), LONGEST_NAP_MS));
    return this;
  }

  /** Calls it off. */
  clear(): void {
    timers.cancel(this);
  }

  /** Calls the function, or waits on. */
  override onTimeout(): void {
    if (Date.now() >= this.#atMs) this.#ring();
    else this.set(this.#atMs);
  }
}
