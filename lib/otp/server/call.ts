/**
 * The messages that clients send to a server: calls, casts and the request to stop.
 *
 * @module
 */

import { Timer, timers } from "../../base/timer_wheel.ts";
import { CallExitError, CallTimeoutError, MailboxFullError } from "../process/errors.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { assertTimeout } from "../process/timeout_ms.ts";
import type { CalledServer, Calls } from "./_calls.ts";
import type { AwaitedReply, OpenCall } from "./open_calls.ts";

/**
 * The caller that waits for the reply of a call. A server may keep it after `noreply`, and reply later, from any code.
 *
 * @category Servers
 */
export interface From<R> {
  /**
   * Replies to the call. Does nothing if the call already got a reply, or if the caller does not wait any more.
   *
   * @returns Whether the caller still waited. If not, a pool that lends a resource by a reply should take it back.
   */
  reply(value: R): boolean;
}

/**
 * Options for the calls of servers.
 *
 * @category Servers
 */
export interface CallOptions {
  /**
   * How long to wait for the reply, in milliseconds. `Infinity` waits as long as the server lives.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
}

/** Default timeout of a call, in milliseconds. */
const DEFAULT_TIMEOUT_MS = 5000;

/** A call. One object is the message, the timer and the promise of its caller, to save memory for each call. */
export class Call extends Timer implements From<unknown>, OpenCall {
  readonly name: string;
  readonly request: unknown;
  /** Neighbours in the linked list of pending calls of {@linkcode Calls}. */
  earlier: Call | undefined = undefined;
  later: Call | undefined = undefined;
  readonly #timeoutMs: number;
  readonly #resolve: (value: unknown) => void;
  readonly #reject: (error: Error) => void;
  /** The list of pending calls that it is in; `undefined` after it is settled. */
  #pending: Calls | undefined;

  /** Creates a pending call. */
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

  /** The reply that the caller waits for; `undefined` if it waits no more. */
  get awaited(): AwaitedReply | undefined {
    const server = this.#pending?.server;
    return server && { server: server.label, call: this.name, pid: server, node: undefined };
  }

  /** Resolves the caller's promise with `value`. */
  reply(value: unknown): boolean {
    if (!this.#done()) return false;
    this.#resolve(value);
    return true;
  }

  /** Rejects the caller's promise with `error`. */
  reject(error: Error): void {
    if (this.#done()) this.#reject(error);
  }

  /** Rejects the caller's promise because the server ended. */
  fail(reason: ExitReason): void {
    const server = this.#done();
    if (server) this.#reject(new CallExitError(server.label, this.name, reason));
  }

  /** Rejects the caller's promise because the mailbox is full. */
  refuse(): void {
    const server = this.#done();
    if (server) this.#reject(new MailboxFullError(server.label, this.name));
  }

  /** Rejects the caller's promise because of the timeout. */
  override onTimeout(): void {
    const server = this.#done();
    if (server) this.#reject(new CallTimeoutError(server.label, this.name, this.#timeoutMs, server.whyLate));
  }

  /** Marks the call as settled. Returns its server, or `undefined` if it was settled before. */
  #done(): CalledServer | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    this.#pending = undefined;
    pending.delete(this);
    timers.cancel(this);
    return pending.server;
  }
}

/** A cast: a named message without a reply. */
export class Cast {
  readonly name: string;
  readonly request: unknown;

  /** Creates the message. */
  constructor(name: string, request: unknown) {
    this.name = name;
    this.request = request;
  }
}

/** The message that `stop` sends to ask the server to end. */
export class StopRequest {
  readonly reason: ExitReason;

  /** Creates the message. */
  constructor(reason: ExitReason) {
    this.reason = reason;
  }
}
