/**
 * Messages that are sent later.
 *
 * @module
 */

import { Timer, timers } from "../../base/timer_wheel.ts";
import type { Pid } from "./pid.ts";
import { processOf } from "./process.ts";

/** A message on its way; see {@linkcode sendAfter}. */
export interface TimerRef {
  /** Milliseconds until the message is sent, or `undefined` if it was sent or cancelled. OTP's `read_timer`. */
  readonly remainingMs: number | undefined;
}

class PendingMessage<M> extends Timer implements TimerRef {
  readonly #pid: Pid<M>;
  readonly #message: M;
  readonly #onExit = () => void timers.cancel(this);

  constructor(pid: Pid<M>, message: M) {
    super();
    this.#pid = pid;
    this.#message = message;
    if (pid.alive) processOf(pid).onExit(this.#onExit);
  }

  get remainingMs(): number | undefined {
    return timers.remaining(this);
  }

  /** There is always room for it: nobody is there any more who could send it again. */
  override onTimeout(): void {
    const process = processOf(this.#pid);
    process.offExit(this.#onExit);
    process.mailbox.postSystem(this.#message);
  }

  cancel(): number | undefined {
    const remaining = this.remainingMs;
    processOf(this.#pid).offExit(this.#onExit);
    timers.cancel(this);
    return remaining;
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
 * import assert from "node:assert/strict";
 *
 * const { promise, resolve } = Promise.withResolvers<string>();
 * const pid = spawn<string>(async (mailbox) => {
 *   for await (const message of mailbox) return resolve(message);
 * });
 * sendAfter(pid, "tick", 10);
 * assert.equal(await promise, "tick");
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
  const pending = new PendingMessage(pid, message);
  if (pid.alive) timers.add(pending, delayMs);
  return pending;
}

/**
 * Takes back a message that {@linkcode sendAfter} has not sent yet.
 *
 * @param timer What `sendAfter` returned.
 * @returns The milliseconds that were left, or `undefined` if it was too late.
 */
export function cancelTimer(timer: TimerRef): number | undefined {
  return timer instanceof PendingMessage ? timer.cancel() : undefined;
}
