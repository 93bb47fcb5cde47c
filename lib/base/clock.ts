/**
 * A monotonic clock for time limits: it never goes back, and changes of the wall clock do not affect it.
 *
 * A machine's date may be set, by its owner or by NTP, and jumps when a virtual machine is resumed. A timeout of five
 * seconds must not end early because of that, or last an hour. So the time is `performance.now()`, as Erlang's timers
 * use its monotonic time.
 *
 * Tests fake `Date` and `setTimeout` but not `performance`: where `Date` is not the built-in one, its time is used.
 * No time passes when one source replaces the other.
 *
 * What happens at a date, such as the expiry of a token, uses `Date.now()`; see `date_alarm.ts`.
 *
 * @module
 */

const NativeDate = globalThis.Date;

/** A clock that never goes back. */
export class Clock {
  #source: DateConstructor = NativeDate;
  #offsetMs: number;
  #latestMs: number;

  /**
   * Creates a clock.
   *
   * @param startMs The initial time, in milliseconds.
   */
  constructor(startMs: number = 0) {
    this.#latestMs = startMs;
    this.#offsetMs = startMs - performance.now();
  }

  /** Returns the time in milliseconds, with fractions unless `Date` is faked. Only differences are meaningful. */
  now(): number {
    if (Date !== this.#source) return this.#change();
    return this.#notBefore((Date === NativeDate ? performance.now() : Date.now()) + this.#offsetMs);
  }

  /** Advances the clock to `earliestMs` if it is earlier, and returns the time. */
  reach(earliestMs: number): number {
    const nowMs = this.now();
    if (nowMs >= earliestMs) return nowMs;
    this.#offsetMs += earliestMs - nowMs;
    return this.#latestMs = earliestMs;
  }

  /** Switches to another source and continues from the current time. */
  #change(): number {
    if (this.#source === NativeDate) this.#notBefore(performance.now() + this.#offsetMs);
    this.#source = Date;
    if (Date === NativeDate) this.#offsetMs = this.#latestMs - performance.now();
    else {
      this.#latestMs = Math.ceil(this.#latestMs); // or a test would find itself a fraction short of a deadline
      this.#offsetMs = this.#latestMs - Date.now();
    }
    return this.#latestMs;
  }

  /** Treats a source that was set back as one that has not moved. */
  #notBefore(nowMs: number): number {
    if (nowMs < this.#latestMs) this.#offsetMs += this.#latestMs - nowMs;
    else this.#latestMs = nowMs;
    return this.#latestMs;
  }
}

/** The clock of this thread. */
export const clock: Clock = new Clock();

/** Returns the time of {@linkcode clock}, in milliseconds. Only differences are meaningful. */
export function monotonicMs(): number {
  return clock.now();
}
