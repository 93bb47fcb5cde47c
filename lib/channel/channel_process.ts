/**
 * The process of a channel, which knows the process of its connection and ends within a deadline.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { isInstance } from "../base/foreign.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Contract } from "../contract/contract.ts";
import type { Validated } from "../contract/validate.ts";
import type { Behaviour } from "../otp/server/behaviour.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import type { ProcessOrigin } from "../otp/process/process.ts";
import type { Reported } from "../otp/process/reporting.ts";
import { ServerProcess } from "../otp/server/server_process.ts";
import type { JsonObject } from "../protocol/payload.ts";
import { validateAnswer } from "./requests/_answer_gate.ts";
import type { ChannelReporting } from "./_channel_reports.ts";
import { OpenPushes } from "./repeats/_open_pushes.ts";
import { PendingRequests } from "./requests/_pending_requests.ts";
import type { RequestOptions } from "./requests/request.ts";
import { RequestExitError } from "./requests/request_errors.ts";
import type { SocketProcess } from "./socket_process.ts";

/** The server behaviour that runs in the process of a channel. */
export interface ChannelBehaviour extends Behaviour<undefined> {
  readonly shutdownMs: number;
  readonly maxPendingRequests: number;
  /** The contract of the channel, if it has one. */
  readonly contract: Contract | undefined;
  /** Called when the channel has not ended in time. */
  reportLate(): void;
  /** Sends the client a request and waits for the answer; see `ChannelSocket.request`. */
  request(event: string, payload: JsonObject, options?: RequestOptions): Promise<unknown>;
  /** How its events are reported. */
  readonly reporting: ChannelReporting;
}

/** The process of a channel. */
export class ChannelProcess extends ServerProcess<undefined> implements Reported {
  /** The process of the connection. */
  readonly socket: SocketProcess;
  #cancelReason: ExitReason | undefined;
  #deadline: Alarm | undefined; // only while it ends
  #pushes: OpenPushes | undefined; // most clients send pushes without keys
  #requests: PendingRequests | undefined; // most channels send their clients none

  /** Creates a live process that does nothing until it is started. */
  constructor(server: ChannelBehaviour, socket: SocketProcess, options: ProcessOrigin) {
    super(server, options);
    this.socket = socket;
  }

  /** A signal that is aborted when the process ends, or earlier if its client has left or disconnected. */
  override get signal(): AbortSignal {
    const signal = super.signal;
    if (this.#cancelReason !== undefined) this.abortSignal(this.#cancelReason);
    return signal;
  }

  /** Aborts {@linkcode signal}, so that a handler that is waiting can give up. Waiting messages are still handled. */
  cancel(reason: ExitReason): void {
    this.#cancelReason ??= reason;
    this.abortSignal(this.#cancelReason);
  }

  /**
   * Asks the channel to end by `message`, which it handles after the waiting messages, and starts the deadline.
   *
   * @param reason The reason with which its signal is aborted immediately.
   * @param onLate Called before it is ended by force.
   */
  endBy(message: unknown, reason: ExitReason, onLate?: () => void): void {
    const isIdle = this.mailbox.awaited && this.whyLate === undefined; // a suspended one does not read `message`
    this.mailbox.postSystem(message);
    this.cancel(reason);
    if (!isIdle) this.startDeadline(onLate);
  }

  /**
   * Ends the process by force unless it ends within its `shutdownMs`. Only the first call counts.
   *
   * @param onLate Called before it is ended by force.
   */
  startDeadline(onLate?: () => void): void {
    if (!this.alive || this.#deadline) return;
    this.#deadline = new Alarm(() => {
      this.behaviour.reportLate();
      onLate?.();
      this.end("killed");
    }).set(this.shutdownMs);
  }

  /** The contract of the channel, if it has one. */
  get contract(): Contract | undefined {
    return this.behaviour.contract;
  }

  /** The requests that its client has not answered. */
  get requests(): PendingRequests {
    return this.#requests ??= new PendingRequests(this);
  }

  /** The pushes that its client may send again. */
  get pushes(): OpenPushes {
    if (!this.#pushes) {
      const pushes = this.#pushes = new OpenPushes();
      this.onExit(() => pushes.end());
    }
    return this.#pushes;
  }

  /** How many requests may wait for its client. */
  get maxPendingRequests(): number {
    return this.behaviour.maxPendingRequests;
  }

  /** Validates the answer to the request `event`, by the contract of the channel. */
  validateAnswer(event: string, response: unknown): MaybePromise<Validated> {
    return validateAnswer(this, event, response);
  }

  get shutdownMs(): number {
    return this.behaviour.shutdownMs;
  }

  /** The behaviour that it runs. */
  override get behaviour(): ChannelBehaviour {
    return super.behaviour as ChannelBehaviour; // it was created with one
  }

  /** Ends this process immediately. */
  override end(reason: ExitReason): void {
    this.#deadline?.clear();
    super.end(reason);
  }

  /**
   * Returns whether a handler threw the abort reason of its signal, or the error of a request that ended for that
   * reason: neither is a failure.
   */
  protected override hasGivenUp(thrown: unknown): boolean {
    if (this.#cancelReason === undefined) return false;
    const reason = isInstance(thrown, RequestExitError) ? thrown.reason : thrown;
    return reason === this.#cancelReason;
  }

  /** How its events are reported: to the endpoint's log, with the topic and the connection's client. */
  get reporting(): ChannelReporting {
    return this.behaviour.reporting;
  }
}
