/**
 * A timer wheel that all timeouts share.
 *
 * Nearly every timeout is cancelled: the reply arrived, the client is alive. A `setTimeout` and
 * `clearTimeout` for each of them would cost more than the call that they guard, so all of them
 * share one native timer and wait in a hierarchical timer wheel.
 *
 * - A new timer is first put aside, without reading the clock, and moved into the wheel by one
 *   `setImmediate` at the end of the turn of the event loop. So a timer that is cancelled within the
 *   turn, as in most calls, is cheap: about 20 million timers a second can be added and cancelled,
 *   but half a million with `setTimeout` and `clearTimeout`. The delay counts from the end of the
 *   turn: a timer is never early, and as late as the event loop is.
 * - Where `setTimeout` is faked, a timer goes into the wheel at once and the native timer is set at
 *   once, so that a test may advance its clock right after.
 * - The native timer is set for the deadline of the first timer, and only while timers wait: a test
 *   that cancels what it started leaks nothing.
 * - The time is that of `clock.ts`: monotonic, or that of a faked `Date`.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers";
import { Clock, clock } from "./clock.ts";
import { TimerSlots } from "./_timer_slots.ts";
import { reportUncaught } from "./_report_uncaught.ts";

/** The longest delay of `setTimeout`; a longer one would end at once. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

/**
 * Runs a function outside of what is current, such as the span of a tracer. The native timer belongs to where it was
 * set, and is set again where it has rung: without this, all timers of a busy program would run in the span in which
 * the first one was added, for ever.
 */
const outside = AsyncLocalStorage.snapshot();

const nativeSetTimeout = globalThis.setTimeout;

/**
 * Something with a timeout: extend this class, and pass the instance to {@linkcode TimerWheel.add}.
 *
 * @example Usage
 * ```ts
 * import { Timer, timers } from "./timer_wheel.ts";
 * import { assertEquals } from "@std/assert";
 *
 * class Alarm extends Timer {
 *   readonly rung = Promise.withResolvers<string>();
 *   override onTimeout(): void {
 *     this.rung.resolve("rrring");
 *   }
 * }
 * const alarm = new Alarm();
 * timers.add(alarm, 5);
 * assertEquals(await alarm.rung.promise, "rrring");
 * ```
 */
export abstract class Timer {
  /** The timer's place in the wheel, or 0 while it does not wait. Only the wheel writes it. */
  place = 0;

  /** Called when the timer is due. What it throws is reported as an uncaught error. */
  abstract onTimeout(): void;
}

/** Calls timers when they are due; see the module's documentation. */
export class TimerWheel {
  readonly #slots = new TimerSlots();

  readonly #clock: Clock;

  /** The time that the native timer is set for, or infinity if it is not set. */
  #wakesAt = Infinity;
  /** The end of its current sleep, which is earlier if the delay is longer than `setTimeout` allows. */
  #sleepsUntil = 0;
  #clearNative: (() => void) | undefined;
  /** The `setTimeout` that the native timer was set with: when a fake one is removed, its timer is lost. */
  #setNative: typeof setTimeout = nativeSetTimeout;

  #settling = false;
  #calling = false;
  readonly #endTurn = () => {
    this.#settling = false;
    this.#settle();
    this.#arm();
  };
  readonly #wake = () => outside(() => this.#callDue());

  /**
   * Creates an empty wheel.
   *
   * @param clock The clock for all deadlines.
   */
  constructor(clock: Clock = new Clock()) {
    this.#clock = clock;
  }

  /** Number of waiting timers. */
  get size(): number {
    return this.#slots.size;
  }

  /**
   * Starts `timer`. If it is already waiting, it restarts. A timer belongs to one wheel at a time.
   *
   * @param timer The timer to call.
   * @param delayMs The delay, rounded up to whole milliseconds. With 0 it is called soon, but not at once.
   * @throws {RangeError} If `delayMs` is negative, infinite or not a number.
   */
  add(timer: Timer, delayMs: number): void {
    if (!(delayMs >= 0 && delayMs < Infinity)) {
      throw new RangeError(
        `Cannot add timer: "delayMs" must be finite and >= 0, received ${delayMs}`,
      );
    }
    this.#slots.add(timer, delayMs);
    // Timers that are added while timers are called are settled when all calls are done.
    if (this.#calling) return;
    if (setTimeout !== nativeSetTimeout) {
      this.#settle();
      this.#arm();
    } else if (!this.#settling) {
      this.#settling = true;
      setImmediate(this.#endTurn);
    }
  }

  /**
   * Cancels `timer`.
   *
   * @param timer The timer that was added.
   * @returns `false` if it was not waiting: it was called or cancelled before, or never added.
   */
  cancel(timer: Timer): boolean {
    const slots = this.#slots;
    if (!slots.has(timer)) return false;
    slots.remove(timer);
    if (this.#clearNative !== undefined && slots.size === 0) this.#disarm();
    return true;
  }

  /**
   * Returns how long `timer` still waits.
   *
   * @param timer The timer that was added.
   * @returns The milliseconds, rounded up, or `undefined` if it does not wait.
   */
  remaining(timer: Timer): number | undefined {
    if (!this.#slots.has(timer)) return undefined;
    this.#settle();
    return Math.max(0, Math.ceil(this.#slots.deadlineOf(timer) - this.#clock.now()));
  }

  #settle(): void {
    const slots = this.#slots;
    if (!slots.hasFresh) return;
    const now = this.#clock.now();
    if (slots.firstDeadline === Infinity) slots.restart(now);
    slots.settle(now);
  }

  #callDue(): void {
    this.#wakesAt = Infinity;
    this.#clearNative = undefined;
    this.#calling = true;
    // Collected before any is called: a timer that a call adds with no delay has to wait for its turn.
    this.#slots.collectDue(this.#wokenAt());
    for (
      let timer = this.#slots.takeDue();
      timer !== undefined;
      timer = this.#slots.takeDue()
    ) {
      try {
        timer.onTimeout();
      } catch (error) {
        reportUncaught(error);
      }
    }
    this.#calling = false;
    this.#settle();
    this.#arm();
  }

  /** Returns the time of waking: after a faked sleep at least its end, even if the clock was set back or not faked. */
  #wokenAt(): number {
    return this.#setNative === nativeSetTimeout ? this.#clock.now() : this.#clock.reach(this.#sleepsUntil);
  }

  #arm(): void {
    const deadline = this.#slots.firstDeadline;
    // Waking up for a timer that was cancelled costs less than setting the native timer again.
    const isSet = this.#setNative === setTimeout && deadline >= this.#wakesAt;
    if (isSet || deadline === Infinity) return;
    this.#disarm();
    const now = this.#clock.now();
    const sleepMs = Math.min(Math.max(0, Math.ceil(deadline - now)), LONGEST_SLEEP_MS);
    this.#wakesAt = deadline;
    this.#sleepsUntil = now + sleepMs;
    // A pair: a test that fakes one fakes the other.
    const { clearTimeout } = globalThis;
    const id = setTimeout(this.#wake, sleepMs);
    this.#setNative = setTimeout;
    this.#clearNative = () => clearTimeout(id);
  }

  #disarm(): void {
    this.#clearNative?.();
    this.#clearNative = undefined;
    this.#wakesAt = Infinity;
  }
}

/** The timer wheel that everything on this thread shares. */
export const timers: TimerWheel = new TimerWheel(clock);
