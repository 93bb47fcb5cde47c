/**
 * The clock that time limits go by: it never goes back, and the wall clock does not move it.
 *
 * A machine's date may be set, by its owner or by NTP, and jumps when a virtual machine is resumed: nothing that waits
 * five seconds should end early for that, or wait for an hour. So the time is `performance.now()`, as Erlang's timers
 * go by its monotonic time.
 *
 * Tests fake `Date` and `setTimeout` and leave `performance` alone: where `Date` is not the built-in one, its time
 * counts. No time passes while one takes the place of the other.
 *
 * What is meant to happen at a date, such as the end of a token, goes by `Date.now()`; see `date_alarm.ts`.
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
   * @param startMs The time that it starts with, in milliseconds.
   */
  constructor(startMs: number = 0) {
    this.#latestMs = startMs;
    this.#offsetMs = startMs - performance.now();
  }

  /** The time in milliseconds: whole ones where `Date` is faked, fractions of them elsewhere. Only differences matter. */
  now(): number {
    if (Date !== this.#source) return this.#change();
    return this.#notBefore((Date === NativeDate ? performance.now() : Date.now()) + this.#offsetMs);
  }

  /** The time, after it has been put forward to `earliestMs` where it is not as late as that. */
  reach(earliestMs: number): number {
    const nowMs = this.now();
    if (nowMs >= earliestMs) return nowMs;
    this.#offsetMs += earliestMs - nowMs;
    return this.#latestMs = earliestMs;
  }

  /** Goes on with another source from where it is. */
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

  /** A source that was set back has not moved. */
  #notBefore(nowMs: number): number {
    if (nowMs < this.#latestMs) this.#offsetMs += this.#latestMs - nowMs;
    else this.#latestMs = nowMs;
    return this.#latestMs;
  }
}

/** The clock of this thread. */
export const clock: Clock = new Clock();

/** The time by {@linkcode clock}, in milliseconds. Only differences matter. */
export function monotonicMs(): number {
  return clock.now();
}
