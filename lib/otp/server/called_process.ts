/**
 * A server as its callers see it: they call it, cast to it, look into it and stop it. What it does with all that is in
 * `server_process.ts`.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { isInstance } from "../../base/foreign.ts";
import { Call, type CalledServer, type CallOptions, Cast, PendingCalls, StopRequest } from "./call.ts";
import { CallExitError, CallTimeoutError } from "../process/errors.ts";
import { type ExitReason, isSameExit } from "../process/exit_reason.ts";
import type { SendResult } from "../process/mailbox.ts";
import { Process } from "../process/process.ts";
import { type ServerControl, SystemMessage } from "./system_message.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

/** A process that answers calls. */
export abstract class CalledProcess extends Process implements CalledServer, AsyncDisposable {
  readonly #calls: PendingCalls = new PendingCalls(this);
  #requests = 0;

  /** Why it answers nobody at the moment, in words. */
  abstract get whyLate(): string | undefined;

  /**
   * How many calls and casts it was sent. Another number than before means that it is in use; the number itself starts
   * anew after 2^31.
   */
  get requestCount(): number {
    return this.#requests;
  }

  /** Whether nothing waits, nothing runs, and no caller waits for a reply. */
  get isIdle(): boolean {
    return this.mailbox.awaited && this.#calls.isEmpty && this.whyLate === undefined;
  }

  /** Sends a request and waits for the reply. */
  call(name: string, request?: unknown, options?: CallOptions): Promise<unknown> {
    if (!this.alive) return Promise.reject(new CallExitError(this.label, name, "noproc"));
    this.#requests = (this.#requests + 1) | 0;
    return new Promise((resolve, reject) => {
      const call = new Call(this.#calls, name, request, options?.timeoutMs, resolve, reject);
      const result = this.mailbox.post(call);
      if (result === "sent" || result === "closed") return; // one that is closed is ending: the call fails with its end
      if (this.mailbox.overflow === "wait") void this.mailbox.deliver(call);
      else call.refuse();
    });
  }

  /** Sends a request without a reply. */
  cast(name: string, request?: unknown): SendResult {
    this.#requests = (this.#requests + 1) | 0;
    return this.mailbox.post(new Cast(name, request));
  }

  /**
   * Asks the server to end once it has dealt with what waits, and waits until it has. What is sent from now on would
   * never be read: it is refused as `"closed"`.
   *
   * @throws {CallExitError} If it ends for another reason than the one asked for.
   * @throws {CallTimeoutError} If it takes longer than `timeoutMs`.
   */
  stop(reason: ExitReason = "normal", { timeoutMs = Infinity }: CallOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      assertTimeout(`stop ${this.label}`, timeoutMs);
      if (!this.alive) return resolve();
      const limit = new Alarm(() => {
        this.offExit(stopped);
        reject(new CallTimeoutError(this.label, "stop", timeoutMs, this.whyLate));
      }).set(timeoutMs);
      const stopped = (found: ExitReason) => {
        limit.clear();
        if (isSameExit(found, reason)) resolve();
        else reject(new CallExitError(this.label, "stop", found));
      };
      this.onExit(stopped);
      this.requestStop(reason);
    });
  }

  /** As {@linkcode stop}, without waiting. */
  requestStop(reason: ExitReason): void {
    this.mailbox.postSystem(new StopRequest(reason));
    this.mailbox.close();
  }

  /** Stops the server: for `await using`. Fails as {@linkcode stop} does. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /**
   * Lets `act` look at the server, or change it, between two messages: the way in for `sys`. There is always room for
   * it, and a suspended server does it too.
   */
  inspect<R>(name: string, act: (control: ServerControl) => R, options?: CallOptions): Promise<R> {
    if (!this.alive) return Promise.reject(new CallExitError(this.label, name, "noproc"));
    return new Promise<unknown>((resolve, reject) => {
      const call = new Call(this.#calls, name, undefined, options?.timeoutMs, resolve, reject);
      this.mailbox.postSystem(new SystemMessage(call, act));
    }) as Promise<R>;
  }

  /** Tells the caller whose call had to make room. */
  onDropped(message: unknown): void {
    if (isInstance(message, Call)) message.refuse();
  }

  /** Ends this process now, and with it the wait of all who call it. */
  override end(reason: ExitReason): void {
    if (!this.alive) return;
    super.end(reason);
    this.#calls.fail(reason);
  }
}
