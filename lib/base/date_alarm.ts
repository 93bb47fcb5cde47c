/**
 * A function to call at a time of the wall clock, on the shared timer wheel.
 *
 * @module
 */

import { Timer, timers } from "./timer_wheel.ts";

/** How often the clock is checked: it may be set forward, also when a suspended machine wakes up. */
const LONGEST_NAP_MS = 60_000;

/**
 * Calls a function once, when `Date.now()` reaches a given time: never before, even if the clock is set back meanwhile,
 * and at most a minute late if it is set forward.
 */
export class DateAlarm extends Timer {
  readonly #ring: () => void;
  #atMs = Infinity;

  /** Creates an alarm that is not set. */
  constructor(ring: () => void) {
    super();
    this.#ring = ring;
  }

  /** Sets the alarm, replacing any earlier time. A time in the past rings soon; `Infinity` never rings. */
  set(atMs: number): this {
    this.#atMs = atMs;
    timers.cancel(this);
    if (atMs !== Infinity) timers.add(this, Math.min(Math.max(0, atMs - Date.now()), LONGEST_NAP_MS));
    return this;
  }

  /** Cancels the alarm. */
  clear(): void {
    timers.cancel(this);
  }

  /** Calls the function, or continues to wait. */
  override onTimeout(): void {
    if (Date.now() >= this.#atMs) this.#ring();
    else this.set(this.#atMs);
  }
}
