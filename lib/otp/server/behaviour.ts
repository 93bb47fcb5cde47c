/**
 * The callbacks that a server process runs, for GenServer and everything built like it.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { From } from "./call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { Ignore, NoReply, Ok, Reply, ReplyAndStop, Stop } from "./result.ts";

/**
 * The results that the handler of a message without a reply may return.
 *
 * @category Results of callbacks
 */
export type InfoResult<S> = NoReply<S> | Stop<S>;

/**
 * The results that the handler of a call may return.
 *
 * @category Results of callbacks
 */
export type CallResult<R, S> = Reply<R, S> | NoReply<S> | Stop<S> | ReplyAndStop<R, S>;

/**
 * The result of `init`.
 *
 * @category Results of callbacks
 */
export type InitResult<S> = Ok<S> | Ignore | Stop<unknown>;

/**
 * The callbacks of a server with state `S`, one for each kind of message. Only `init` and `handleInfo` are required. A
 * server that gets a call, a cast or a continue without a callback for it crashes.
 */
export interface Behaviour<S> {
  /** Returns the first state. */
  init(): MaybePromise<InitResult<S>>;
  /** Handles the call `name`. */
  handleCall?(name: string, request: unknown, from: From<unknown>, state: S): MaybePromise<CallResult<unknown, S>>;
  /** Handles the cast `name`. */
  handleCast?(name: string, request: unknown, state: S): MaybePromise<InfoResult<S>>;
  /** Handles any other message. */
  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>>;
  /** Runs after a result with `continueWith`, before any other message. */
  handleContinue?(argument: unknown, state: S): MaybePromise<InfoResult<S>>;
  /** Cleans up before the server ends. */
  terminate?(reason: ExitReason, state: S): MaybePromise<void>;
  /** Returns the call, if there is one, that {@linkcode handleContinue} handles when it runs with `argument`. */
  callOf?(argument: unknown): From<unknown> | undefined;
  /** What the authors of such servers call `init`, if they call it something else. */
  readonly initName?: string;
  /**
   * Describes the handler of `message`, or of the argument of a continue, for crash reports: `handleIn "say"`. Returns
   * `undefined` if it is simply `handleInfo` or `handleContinue`.
   */
  describe?(message: unknown): string | undefined;
  /** Returns whether there is a handler for a call or a cast of this name, for requests of other nodes. */
  understands?(kind: "call" | "cast", name: string): boolean;
  /** Removes secrets from a status. */
  formatStatus?(status: ServerStatus): ServerStatus;
}
