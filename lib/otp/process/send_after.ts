/**
 * Messages that are sent later.
 *
 * @module
 */

import { clock } from "../../base/clock.ts";
import { Timer, timers } from "../../base/timer_wheel.ts";
import type { Pid } from "./pid.ts";
import { processOf } from "./process.ts";

/** A message on its way; see {@linkcode sendAfter} and {@linkcode sendEvery}. */
export interface TimerRef {
  /** Milliseconds until the message is sent, or `undefined` if no more is to come. OTP's `read_timer`. */
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

  /** Does not wait for the end of the process any more. */
  protected forget(): void {
    processOf(this.pid).offExit(this.#onExit);
  }
}

class PendingMessage<M> extends Pending<M> {
  /** There is always room for it: nobody is there any more who could send it again. */
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

  /** The times stand on a grid, so that a late one delays no other. Those that were missed meanwhile are left out. */
  #nextDelay(): number {
    const now = clock.now();
    const lateMs = (now - this.#dueMs) % this.#everyMs;
    const delayMs = this.#everyMs - Math.max(0, lateMs); // early is possible only where a test changes clocks
    this.#dueMs = now + delayMs;
    return delayMs;
  }
}

/**
 * Sends `message` to `pid` after `delayMs` milliseconds, unless it is cancelled or the process ends before. It finds room
 * in a full mailbox too, as messages of the system do: a tick that is lost would be the last one.
 *
 * The time is monotonic, as for all timeouts: a system clock that is set, by NTP or by hand, moves no timer. Where a test
 * fakes `Date` and `setTimeout`, its fake time counts.
 *
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
 * @param pid Who gets it.
 * @param message The message.
 * @param delayMs How much later. At least 0.
 * @returns Takes the message back when given to {@linkcode cancelTimer}, and tells what is left of the time.
 * @throws {RangeError} If `delayMs` is negative, infinite or not a number.
 */
export function sendAfter<M>(pid: Pid<M>, message: M, delayMs: number): TimerRef {
  if (!(delayMs >= 0 && delayMs < Infinity)) {
    throw new RangeError(`Cannot send: "delayMs" must be finite and >= 0, received ${delayMs}`);
  }
  return new PendingMessage(pid, message, delayMs);
}

/**
 * Sends `message` to `pid` every `everyMs` milliseconds, until it is cancelled or the process ends. The first one comes
 * after `everyMs`. OTP's `:timer.send_interval/3`.
 *
 * There is no burst after a pause: a message that still waits in the mailbox is not sent a second time, so a receiver
 * that was busy or suspended gets one, and times that a program missed because it was busy itself are left out. All in
 * all there is one timer. As with {@linkcode sendAfter}, the message finds room in a full mailbox, and the time is
 * monotonic; a late message delays none of the following ones.
 *
 * @example A server that does something every now and then
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
 * @param pid Who gets it.
 * @param message The message. Messages are compared by `===`.
 * @param everyMs How often. More than 0.
 * @returns Ends it when given to {@linkcode cancelTimer}, and has the time that is left until the next one.
 * @throws {RangeError} If `everyMs` is not positive, infinite or not a number.
 */
export function sendEvery<M>(pid: Pid<M>, message: M, everyMs: number): TimerRef {
  if (!(everyMs > 0 && everyMs < Infinity)) {
    throw new RangeError(`Cannot send: "everyMs" must be finite and > 0, received ${everyMs}`);
  }
  return new RepeatedMessage(pid, message, everyMs);
}

/**
 * Takes back a message that {@linkcode sendAfter} has not sent yet, or all further ones of {@linkcode sendEvery}.
 *
 * @param timer What `sendAfter` or `sendEvery` returned.
 * @returns The milliseconds that were left, or `undefined` if it was too late.
 */
export function cancelTimer(timer: TimerRef): number | undefined {
  return timer instanceof Pending ? timer.cancel() : undefined;
}
