/**
 * The client side of a server: call, cast, inspect and stop, and the list of pending calls. How the server handles them
 * is in `server_process.ts`.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { Call, type CallOptions, Cast, StopRequest } from "./call.ts";
import { CallExitError, CallTimeoutError } from "../process/errors.ts";
import { type ExitReason, isSameExit } from "../process/exit_reason.ts";
import { callTrace } from "./open_calls.ts";
import type { SendResult } from "../process/mailbox.ts";
import type { Process } from "../process/process.ts";
import { type ServerControl, SystemMessage } from "./_system_message.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

/** A process that replies to calls. */
export interface CalledServer extends Process {
  /** Describes why the server does not reply at the moment; `undefined` if no cause is known. */
  readonly whyLate: string | undefined;
}

/** The requests that others send to one server. Each server process has one of these. */
export class Calls {
  /** The server that is called. */
  readonly server: CalledServer;
  /** The newest call that waits for a reply, the head of a linked list. */
  #first: Call | undefined;
  #requests = 0;

  /** Creates the client side of `server`. */
  constructor(server: CalledServer) {
    this.server = server;
  }

  /**
   * Number of calls and casts that were sent to the server. A changed number means that the server is in use. The
   * number wraps around after 2^31.
   */
  get requestCount(): number {
    return this.#requests;
  }

  /** Whether no caller waits for a reply. */
  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** Sends a request and waits for the reply. */
  call(name: string, request?: unknown, options?: CallOptions): Promise<unknown> {
    const { server } = this;
    if (!server.alive) return Promise.reject(new CallExitError(server.label, name, "noproc"));
    this.#requests = (this.#requests + 1) | 0;
    return new Promise((resolve, reject) => {
      const call = new Call(this, name, request, options?.timeoutMs, resolve, reject);
      if (callTrace.isOn) callTrace.current?.add(call);
      const { mailbox } = this.server;
      const result = mailbox.post(call);
      if (result === "sent" || result === "closed") return; // one that is closed is ending: the call fails with its end
      if (mailbox.overflow === "wait") void mailbox.deliver(call);
      else call.refuse();
    });
  }

  /** Sends a request without a reply. */
  cast(name: string, request?: unknown): SendResult {
    this.#requests = (this.#requests + 1) | 0;
    return this.server.mailbox.post(new Cast(name, request));
  }

  /**
   * Asks the server to end after it has handled the waiting messages, and waits for its end. Messages that are sent
   * from now on are refused as `"closed"`, since they would never be read.
   *
   * @throws {CallExitError} If it ends with a reason other than the requested one.
   * @throws {CallTimeoutError} If it takes longer than `timeoutMs`.
   */
  stop(reason: ExitReason = "normal", { timeoutMs = Infinity }: CallOptions = {}): Promise<void> {
    const { server } = this;
    return new Promise((resolve, reject) => {
      assertTimeout(`stop ${server.label}`, timeoutMs);
      if (!server.alive) return resolve();
      const limit = timeoutMs === Infinity ? undefined : new Alarm(() => {
        server.offExit(stopped);
        reject(new CallTimeoutError(server.label, "stop", timeoutMs, server.whyLate));
      }).set(timeoutMs);
      const stopped = (found: ExitReason) => {
        limit?.clear();
        if (isSameExit(found, reason)) resolve();
        else reject(new CallExitError(server.label, "stop", found));
      };
      server.onExit(stopped);
      this.requestStop(reason);
    });
  }

  /** Asks the server to end, as {@linkcode stop} does, without waiting. */
  requestStop(reason: ExitReason): void {
    const { mailbox } = this.server;
    mailbox.postSystem(new StopRequest(reason));
    mailbox.close();
  }

  /**
   * Runs `act` between two messages of the server, to read or change the server. The request is a system message, which
   * a full mailbox accepts and a suspended server handles.
   */
  inspect<R>(name: string, act: (control: ServerControl) => R, options?: CallOptions): Promise<R> {
    const { server } = this;
    if (!server.alive) return Promise.reject(new CallExitError(server.label, name, "noproc"));
    return new Promise<unknown>((resolve, reject) => {
      const call = new Call(this, name, undefined, options?.timeoutMs, resolve, reject);
      server.mailbox.postSystem(new SystemMessage(call, act));
    }) as Promise<R>;
  }

  /** Adds `call` to the pending calls, until it is settled. Called by the call. */
  add(call: Call): void {
    call.later = this.#first;
    if (this.#first) this.#first.earlier = call;
    this.#first = call;
  }

  /** Removes `call` from the pending calls. Called by the call. */
  delete(call: Call): void {
    if (call.earlier) call.earlier.later = call.later;
    else if (this.#first === call) this.#first = call.later;
    if (call.later) call.later.earlier = call.earlier;
    call.earlier = call.later = undefined;
  }

  /** Fails all pending calls, oldest first, because the server ended. */
  fail(reason: ExitReason): void {
    let call = this.#first;
    while (call?.later) call = call.later;
    while (call) {
      const { earlier } = call; // gone from the list once it is failed
      call.fail(reason);
      call = earlier;
    }
  }
}
