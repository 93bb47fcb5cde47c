/**
 * Timers: messages that are sent later, once or repeatedly.
 *
 * @module
 */

import { clock } from "../../base/clock.ts";
import { Timer, timers } from "../../base/timer_wheel.ts";
import type { Pid } from "./pid.ts";
import { processOf } from "./process.ts";

/**
 * A timer that sends a message, as returned by {@linkcode sendAfter} and {@linkcode sendEvery}.
 *
 * @category Processes
 */
export interface TimerRef {
  /** Milliseconds until the next message is sent, or `undefined` if none will be sent any more. OTP's `read_timer`. */
  readonly remainingMs: number | undefined;
}

abstract class Pending<M> extends Timer implements TimerRef {
  protected readonly pid: Pid<M>;
  protected readonly message: M;
  readonly #onExit = () => void timers.cancel(this);

  constructor(pid: Pid<M>, message: M, delayMs: number) {
    super();
    this.pid = pid;
    this.message = message;
    if (!pid.alive) return;
    processOf(pid).onExit(this.#onExit);
    timers.add(this, delayMs);
  }

  get remainingMs(): number | undefined {
    return timers.remaining(this);
  }

  cancel(): number | undefined {
    const remaining = this.remainingMs;
    this.forget();
    timers.cancel(this);
    return remaining;
  }

  /** Removes the exit listener from the process. */
  protected forget(): void {
    processOf(this.pid).offExit(this.#onExit);
  }
}

class PendingMessage<M> extends Pending<M> {
  /** Sent as a system message, which a full mailbox accepts, since there is no sender that could try again. */
  override onTimeout(): void {
    this.forget();
    processOf(this.pid).mailbox.postSystem(this.message);
  }
}

class RepeatedMessage<M> extends Pending<M> {
  readonly #everyMs: number;
  #dueMs: number;

  constructor(pid: Pid<M>, message: M, everyMs: number) {
    super(pid, message, everyMs);
    this.#everyMs = everyMs;
    this.#dueMs = clock.now() + everyMs;
  }

  override onTimeout(): void {
    timers.add(this, this.#nextDelay());
    const { mailbox } = processOf(this.pid);
    if (mailbox.length === 0 || !mailbox.includes(this.message)) mailbox.postSystem(this.message);
  }

  /**
   * Returns the time until the next due time. Due times are multiples of the interval, so a late message does not delay
   * the following ones. Missed due times are skipped.
   */
  #nextDelay(): number {
    const now = clock.now();
    const lateMs = (now - this.#dueMs) % this.#everyMs;
    const delayMs = this.#everyMs - Math.max(0, lateMs); // early is possible only where a test changes clocks
    this.#dueMs = now + delayMs;
    return delayMs;
  }
}

/**
 * Sends `message` to `pid` after `delayMs` milliseconds, unless it is cancelled or the process ends before. A full
 * mailbox accepts it like a system message, because a process that waits for its next tick would stop if the tick was
 * lost.
 *
 * The time is monotonic, as for all timeouts: a change of the system clock, by NTP or by hand, does not affect timers.
 * If a test fakes `Date` and `setTimeout`, the fake time is used.
 *
 * @category Processes
 * @example Usage
 * ```ts
 * import { sendAfter, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const { promise, resolve } = Promise.withResolvers<string>();
 * const pid = spawn<string>(async (mailbox) => {
 *   for await (const message of mailbox) return resolve(message);
 * });
 * sendAfter(pid, "tick", 10);
 * assertEquals(await promise, "tick");
 * ```
 *
 * @param pid The process that gets the message.
 * @param message The message.
 * @param delayMs The delay, in milliseconds. At least 0.
 * @returns The timer, with the remaining time; {@linkcode cancelTimer} cancels it.
 * @throws {RangeError} If `delayMs` is negative, infinite or not a number.
 */
export function sendAfter<M>(pid: Pid<M>, message: M, delayMs: number): TimerRef {
  if (!(delayMs >= 0 && delayMs < Infinity)) {
    throw new RangeError(`Cannot send: "delayMs" must be finite and >= 0, received ${delayMs}`);
  }
  return new PendingMessage(pid, message, delayMs);
}

/**
 * Sends `message` to `pid` every `everyMs` milliseconds, until it is cancelled or the process ends. The first message
 * is sent after `everyMs`. OTP's `:timer.send_interval/3`.
 *
 * There is no burst after a pause: a message that still waits in the mailbox is not sent a second time, so a receiver
 * that was busy or suspended gets one. Due times that were missed because the program was busy are skipped. One timer
 * is used for all messages. As with {@linkcode sendAfter}, a full mailbox accepts the message, and the time is
 * monotonic. A late message does not delay the following ones.
 *
 * @category Processes
 * @example A server that does something periodically
 * ```ts
 * import { GenServer, noreply, sendEvery } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const { promise, resolve } = Promise.withResolvers<number>();
 * class Ticker extends GenServer<number, { info: "tick" }> {
 *   override init() {
 *     sendEvery(this.self, "tick", 5); // ends with this server
 *     return 0;
 *   }
 *   override handleInfo(ticks: number) {
 *     if (ticks === 2) resolve(ticks);
 *     return noreply(ticks + 1);
 *   }
 * }
 *
 * const ticker = await GenServer.start(Ticker);
 * assertEquals(await promise, 2);
 * await ticker.stop();
 * ```
 *
 * @param pid The process that gets the messages.
 * @param message The message. Messages are compared by `===`.
 * @param everyMs The interval, in milliseconds. More than 0.
 * @returns The timer, with the time until the next message; {@linkcode cancelTimer} cancels it.
 * @throws {RangeError} If `everyMs` is not positive, infinite or not a number.
 */
export function sendEvery<M>(pid: Pid<M>, message: M, everyMs: number): TimerRef {
  if (!(everyMs > 0 && everyMs < Infinity)) {
    throw new RangeError(`Cannot send: "everyMs" must be finite and > 0, received ${everyMs}`);
  }
  return new RepeatedMessage(pid, message, everyMs);
}

/**
 * Cancels a timer: the message of {@linkcode sendAfter}, or all further messages of {@linkcode sendEvery}.
 *
 * @category Processes
 * @param timer The timer that `sendAfter` or `sendEvery` returned.
 * @returns The remaining milliseconds, or `undefined` if there was no message left to send.
 */
export function cancelTimer(timer: TimerRef): number | undefined {
  return timer instanceof Pending ? timer.cancel() : undefined;
}
