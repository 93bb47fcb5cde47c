/**
 * The calls of a server: how others call it, cast to it, look into it and stop it, and who still waits for a reply. What
 * the server does with all that is in `server_process.ts`.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { Call, type CallOptions, Cast, StopRequest } from "./call.ts";
import { CallExitError, CallTimeoutError } from "../process/errors.ts";
import { type ExitReason, isSameExit } from "../process/exit_reason.ts";
import type { SendResult } from "../process/mailbox.ts";
import type { Process } from "../process/process.ts";
import { type ServerControl, SystemMessage } from "./_system_message.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

/** A process that replies to calls. */
export interface CalledServer extends Process {
  /** Why it does not reply at the moment, in words; `undefined` if nothing is known to hold it up. */
  readonly whyLate: string | undefined;
}

/** What others ask of one server. A part of its process: one for each server, made with it. */
export class Calls {
  /** Whose they are. */
  readonly server: CalledServer;
  /** The youngest call that waits for a reply; the others hang on it. */
  #first: Call | undefined;
  #requests = 0;

  /** Creates the part of `server` that others call. */
  constructor(server: CalledServer) {
    this.server = server;
  }

  /**
   * How many calls and casts the server was sent. Another number than before means that it is in use; the number itself
   * starts anew after 2^31.
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
   * Asks the server to end once it has dealt with what waits, and waits until it has. What is sent from now on would
   * never be read: it is refused as `"closed"`.
   *
   * @throws {CallExitError} If it ends for another reason than the one asked for.
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

  /** As {@linkcode stop}, without waiting. */
  requestStop(reason: ExitReason): void {
    const { mailbox } = this.server;
    mailbox.postSystem(new StopRequest(reason));
    mailbox.close();
  }

  /**
   * Lets `act` look at the server, or change it, between two messages. There is always room for it, and a suspended
   * server does it too.
   */
  inspect<R>(name: string, act: (control: ServerControl) => R, options?: CallOptions): Promise<R> {
    const { server } = this;
    if (!server.alive) return Promise.reject(new CallExitError(server.label, name, "noproc"));
    return new Promise<unknown>((resolve, reject) => {
      const call = new Call(this, name, undefined, options?.timeoutMs, resolve, reject);
      server.mailbox.postSystem(new SystemMessage(call, act));
    }) as Promise<R>;
  }

  /** Keeps `call` until it is settled. Called by the call. */
  add(call: Call): void {
    call.later = this.#first;
    if (this.#first) this.#first.earlier = call;
    this.#first = call;
  }

  /** Forgets `call`. Called by the call. */
  delete(call: Call): void {
    if (call.earlier) call.earlier.later = call.later;
    else if (this.#first === call) this.#first = call.later;
    if (call.later) call.later.earlier = call.earlier;
    call.earlier = call.later = undefined;
  }

  /** Fails all calls that wait, oldest first, because the server ended. */
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
