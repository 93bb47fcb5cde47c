/**
 * Calls and casts on their way through a mailbox.
 *
 * @module
 */

import { Timer, timers } from "../base/timer_wheel.ts";
import { CallExitError, CallTimeoutError, MailboxFullError } from "./errors.ts";
import type { ExitReason } from "./exit_reason.ts";

/** Who waits for the reply of a call. May be kept, and answered from anywhere, also after `noreply`. */
export interface From<R> {
  /** Answers the call. Does nothing if it was answered before or nobody waits any more. */
  reply(value: R): void;
}

/** Options for `call`. */
export interface CallOptions {
  /**
   * How long to wait for the reply, in milliseconds. `Infinity` waits as long as the server lives.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 5000;

/** The calls that a server has not answered, so that they fail when it ends. */
export class PendingCalls {
  #first: Call | undefined;

  /** Keeps `call` until it is settled. */
  add(call: Call): void {
    call.later = this.#first;
    if (this.#first) this.#first.earlier = call;
    this.#first = call;
  }

  /** Forgets `call`. */
  delete(call: Call): void {
    if (call.earlier) call.earlier.later = call.later;
    else if (this.#first === call) this.#first = call.later;
    if (call.later) call.later.earlier = call.earlier;
    call.earlier = call.later = undefined;
  }

  /** Fails all of them, because the server ended. */
  fail(reason: ExitReason): void {
    while (this.#first) this.#first.fail(reason);
  }
}

/** A call: the message, the timer and the promise of its caller in one, since there is one for every call. */
export class Call extends Timer implements From<unknown> {
  readonly name: string;
  readonly request: unknown;
  /** Neighbours among the {@linkcode PendingCalls} of the server. */
  earlier: Call | undefined = undefined;
  later: Call | undefined = undefined;
  readonly #server: string;
  readonly #pending: PendingCalls;
  readonly #timeoutMs: number;
  #settle: { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined;

  /** Creates a call that waits from now on. */
  constructor(
    server: string,
    pending: PendingCalls,
    name: string,
    request: unknown,
    settle: { resolve: (value: unknown) => void; reject: (error: Error) => void },
    { timeoutMs = DEFAULT_TIMEOUT_MS }: CallOptions,
  ) {
    if (!(timeoutMs >= 0)) {
      throw new RangeError(`Cannot call "${name}": "timeoutMs" must be >= 0, received ${timeoutMs}`);
    }
    super();
    this.name = name;
    this.request = request;
    this.#server = server;
    this.#pending = pending;
    this.#timeoutMs = timeoutMs;
    this.#settle = settle;
    pending.add(this);
    if (timeoutMs !== Infinity) timers.add(this, timeoutMs);
  }

  /** Answers the caller. */
  reply(value: unknown): void {
    this.#done()?.resolve(value);
  }

  /** Lets the caller's promise fail with `error`. */
  reject(error: Error): void {
    this.#done()?.reject(error);
  }

  /** Tells the caller that the server ended. */
  fail(reason: ExitReason): void {
    this.#done()?.reject(new CallExitError(this.#server, this.name, reason));
  }

  /** Tells the caller that the call did not get in. */
  refuse(): void {
    this.#done()?.reject(new MailboxFullError(this.#server, this.name));
  }

  /** Tells the caller that it took too long. */
  override onTimeout(): void {
    this.#done()?.reject(new CallTimeoutError(this.#server, this.name, this.#timeoutMs));
  }

  #done(): { resolve: (value: unknown) => void; reject: (error: Error) => void } | undefined {
    const settle = this.#settle;
    if (settle === undefined) return undefined;
    this.#settle = undefined;
    this.#pending.delete(this);
    timers.cancel(this);
    return settle;
  }
}

/** A cast: a named message without an answer. */
export class Cast {
  readonly name: string;
  readonly request: unknown;

  /** Creates the message. */
  constructor(name: string, request: unknown) {
    this.name = name;
    this.request = request;
  }
}

/** The request to end that `stop` sends. */
export class StopRequest {
  readonly reason: ExitReason;

  /** Creates the message. */
  constructor(reason: ExitReason) {
    this.reason = reason;
  }
}
