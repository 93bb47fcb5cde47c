/**
 * A function to call later, on the shared timer wheel.
 *
 * @module
 */

import { Timer, timers } from "./timer_wheel.ts";

/** Calls a function once, some time after it was set. */
export class Alarm extends Timer {
  readonly #ring: () => void;

  /** Creates an alarm that is not set. */
  constructor(ring: () => void) {
    super();
    this.#ring = ring;
  }

  /** Sets the alarm, replacing any earlier time. With `Infinity` it never rings. */
  set(delayMs: number): this {
    timers.cancel(this);
    if (delayMs !== Infinity) timers.add(this, delayMs);
    return this;
  }

  /** Cancels the alarm. */
  clear(): void {
    timers.cancel(this);
  }

  /** Calls the function. */
  override onTimeout(): void {
    this.#ring();
  }
}
