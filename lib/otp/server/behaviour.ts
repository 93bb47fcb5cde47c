/**
 * What a server process runs: the callbacks of GenServer and of everything built like it.
 *
 * @module
 */

import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { From } from "./call.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import type { Ignore, NoReply, Ok, Reply, ReplyAndStop, Stop } from "./result.ts";

/** What a callback that answers nobody may return. */
export type InfoResult<S> = NoReply<S> | Stop<S>;

/** What a callback that answers a call may return. */
export type CallResult<R, S> = Reply<R, S> | NoReply<S> | Stop<S> | ReplyAndStop<R, S>;

/** What `init` may return: a result, or simply the state. */
export type InitResult<S> = Ok<S> | Ignore | Stop<unknown>;

/**
 * The callbacks of a server with state `S`, each with its message already told apart. Only `init` and `handleInfo` are
 * required. A server that is sent a call or a cast, or is told to continue, without the callback for it crashes.
 */
export interface Behaviour<S> {
  /** Makes the first state. */
  init(): MaybePromise<InitResult<S>>;
  /** Handles the call `name`. */
  handleCall?(name: string, request: unknown, from: From<unknown>, state: S): MaybePromise<CallResult<unknown, S>>;
  /** Deals with the cast `name`. */
  handleCast?(name: string, request: unknown, state: S): MaybePromise<InfoResult<S>>;
  /** Deals with any other message. */
  handleInfo(message: unknown, state: S): MaybePromise<InfoResult<S>>;
  /** Goes on after a result with `continueWith`. */
  handleContinue?(argument: unknown, state: S): MaybePromise<InfoResult<S>>;
  /** Cleans up. */
  terminate?(reason: ExitReason, state: S): MaybePromise<void>;
  /** The call, if there is one, that {@linkcode handleContinue} handles when it goes on with `argument`. */
  callOf?(argument: unknown): From<unknown> | undefined;
  /**
   * What handles `message`, or what goes on with the argument of a continue, for crash reports: `handleIn "say"`.
   * `undefined` for what is plainly `handleInfo` or `handleContinue`.
   */
  describe?(message: unknown): string | undefined;
  /** Takes out of a status what nobody should see. */
  formatStatus?(status: ServerStatus): ServerStatus;
}
