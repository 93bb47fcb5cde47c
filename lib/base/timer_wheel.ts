/**
 * One clock for everything with a timeout.
 *
 * Nearly every timeout is cancelled: the reply came, the client is alive. A `setTimeout` and
 * `clearTimeout` for each of them cost more than the call that they guard, so all of them share one
 * native timer and wait in a hierarchical timer wheel.
 *
 * - A new timer is first put aside, without even a look at the clock, and into the wheel by one
 *   `setImmediate` at the end of the turn of the event loop. So what is cancelled within the turn,
 *   as most calls are, is cheap: about 20 million timers a second are added and cancelled where
 *   `setTimeout` and `clearTimeout` manage half a million. The time counts from the end of the turn:
 *   a timer is never early, and late by as much as the event loop is.
 * - Where `setTimeout` is faked, a timer goes into the wheel at once and the native timer is set at
 *   once, so that a test may move its clock right after.
 * - The native timer is set for the deadline of the first timer, and only while timers wait: a test
 *   that cancels what it started leaks nothing.
 * - The time is that of `clock.ts`: monotonic, or that of a faked `Date`.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Clock, clock } from "./clock.ts";
import { TimerSlots } from "./_timer_slots.ts";
import { reportUncaught } from "./_report_uncaught.ts";

/** The longest sleep of `setTimeout`; a longer one would end at once. */
const LONGEST_SLEEP_MS = 2 ** 31 - 1;

const nativeSetTimeout = globalThis.setTimeout;

/**
 * Something with a timeout: extend it, and give it to {@linkcode TimerWheel.add}.
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
  /** Where the wheel keeps it, or 0 while it does not wait. Only the wheel writes it. */
  place = 0;

  /** Called when the time has come. What it throws is reported as an uncaught error. */
  abstract onTimeout(): void;
}

/** Calls timers when their time has come; see the module's documentation. */
export class TimerWheel {
  readonly #slots = new TimerSlots();

  readonly #clock: Clock;

  /** For when the native timer is set, or infinity if it is not. */
  #wakesAt = Infinity;
  /** The end of its sleep, which is earlier if that is longer than it can sleep. */
  #sleepsUntil = 0;
  #clearNative: (() => void) | undefined;
  /** What the native timer was set with: it is lost with the fake time that it was set in. */
  #setNative: typeof setTimeout = nativeSetTimeout;

  #settling = false;
  #calling = false;
  readonly #endTurn = () => {
    this.#settling = false;
    this.#settle();
    this.#arm();
  };
  readonly #wake = () => this.#callDue();

  /**
   * Creates an empty wheel.
   *
   * @param clock What it goes by.
   */
  constructor(clock: Clock = new Clock()) {
    this.#clock = clock;
  }

  /** How many timers wait. */
  get size(): number {
    return this.#slots.size;
  }

  /**
   * Lets `timer` wait. If it already waits, it starts anew. A timer belongs to one wheel at a time.
   *
   * @param timer What to call.
   * @param delayMs How long it waits, rounded up to whole milliseconds. 0 is soon, but not at once.
   * @throws {RangeError} If `delayMs` is negative, infinite or not a number.
   */
  add(timer: Timer, delayMs: number): void {
    if (!(delayMs >= 0 && delayMs < Infinity)) {
      throw new RangeError(
        `Cannot add timer: "delayMs" must be finite and >= 0, received ${delayMs}`,
      );
    }
    this.#slots.add(timer, delayMs);
    // What is added by a timer's own call is settled when all calls are done.
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
   * Lets `timer` wait no more.
   *
   * @param timer What was added.
   * @returns `false` if it did not wait: it was called or cancelled before, or never added.
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
   * @param timer What was added.
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
    // Collected before any is called: what a call adds with no delay has to wait for its turn.
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

  /** A faked timer knows how long it slept, even if the clock was set back meanwhile, or is not faked with it. */
  #wokenAt(): number {
    return this.#setNative === nativeSetTimeout ? this.#clock.now() : this.#clock.reach(this.#sleepsUntil);
  }

  #arm(): void {
    const deadline = this.#slots.firstDeadline;
    // To wake up for a timer that was cancelled costs less than to set the native timer anew.
    const isSet = this.#setNative === setTimeout && deadline >= this.#wakesAt;
    if (isSet || deadline === Infinity) return;
    this.#disarm();
    const now = this.#clock.now();
    const sleepMs = Math.min(Math.max(0, Math.ceil(deadline - now)), LONGEST_SLEEP_MS);
    this.#wakesAt = deadline;
    this.#sleepsUntil = now + sleepMs;
    // A pair: who fakes one fakes the other.
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

/** The wheel that everything shares. */
export const timers: TimerWheel = new TimerWheel(clock);
