/**
 * Calls and casts on their way through a mailbox.
 *
 * @module
 */

import { Timer, timers } from "../../base/timer_wheel.ts";
import { CallExitError, CallTimeoutError, MailboxFullError } from "../process/errors.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { assertTimeout } from "../process/timeout_ms.ts";
import type { CalledServer, Calls } from "./_calls.ts";

/** Who waits for the reply of a call. May be kept, and answered from anywhere, also after `noreply`. */
export interface From<R> {
  /**
   * Answers the call. Does nothing if it was answered before or nobody waits any more.
   *
   * @returns Whether somebody still waited: a pool that hands something out by a reply takes it back otherwise.
   */
  reply(value: R): boolean;
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

/** How long a call waits where nothing is said, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 5000;

/** A call: the message, the timer and the promise of its caller in one, since there is one for every call. */
export class Call extends Timer implements From<unknown> {
  readonly name: string;
  readonly request: unknown;
  /** Neighbours among the {@linkcode Calls} of the server. */
  earlier: Call | undefined = undefined;
  later: Call | undefined = undefined;
  readonly #timeoutMs: number;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  /** Where it waits; `undefined` once it is settled. */
  #pending: Calls | undefined;

  /** Creates a call that waits from now on. */
  constructor(
    pending: Calls,
    name: string,
    request: unknown,
    timeoutMs: number = DEFAULT_TIMEOUT_MS,
    resolve: (value: unknown) => void,
    reject: (error: Error) => void,
  ) {
    if (!(timeoutMs >= 0)) assertTimeout(`call "${name}"`, timeoutMs); // a text for each call would be dear
    super();
    this.name = name;
    this.request = request;
    this.#timeoutMs = timeoutMs;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#pending = pending;
    pending.add(this);
    if (timeoutMs !== Infinity) timers.add(this, timeoutMs);
  }

  /** Answers the caller. */
  reply(value: unknown): boolean {
    if (!this.#done()) return false;
    this.#resolve(value);
    return true;
  }

  /** Lets the caller's promise fail with `error`. */
  reject(error: Error): void {
    if (this.#done()) this.#reject(error);
  }

  /** Tells the caller that the server ended. */
  fail(reason: ExitReason): void {
    const server = this.#done();
    if (server) this.#reject(new CallExitError(server.label, this.name, reason));
  }

  /** Tells the caller that the call did not get in. */
  refuse(): void {
    const server = this.#done();
    if (server) this.#reject(new MailboxFullError(server.label, this.name));
  }

  /** Tells the caller that it took too long. */
  override onTimeout(): void {
    const server = this.#done();
    if (server) this.#reject(new CallTimeoutError(server.label, this.name, this.#timeoutMs, server.whyLate));
  }

  /** Waits no more. Answers whose call it was, or `undefined` if it was settled before. */
  #done(): CalledServer | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    this.#pending = undefined;
    pending.delete(this);
    timers.cancel(this);
    return pending.server;
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
