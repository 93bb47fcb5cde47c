/**
 * What callbacks return: results, made by the functions below and told apart by `next`.
 *
 * A result carries a mark, so that it is never mistaken for something else that has a field `next`: a state, the response
 * to a join. The mark is the same in every copy of this package that a program may have loaded. Objects that are written
 * by hand have none and are no results.
 *
 * The same few words serve GenServer and Channel. A GenServer returns its new state with every result; a channel keeps
 * its state in its fields and leaves it out.
 *
 * | result | GenServer | Channel |
 * | --- | --- | --- |
 * | `ok` | `init`: started | `join`: accepted, with a response; `connect`: accepted, with assigns |
 * | `refuse` | | `join`, `connect`: turned away, with a reason |
 * | `reply` | answers a call | answers a push with status `"ok"` |
 * | `replyError`, `replyStatus` | | answers a push with another status |
 * | `noreply` | nothing (yet) | nothing (yet) |
 * | `stop`, `replyAndStop` | ends the server | ends the channel |
 * | `ignore` | `init`: does not start | |
 *
 * @module
 */

import type { ExitReason } from "../process/exit_reason.ts";
import { type CallbackResult, RESULT } from "./marked_result.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

/** What a server does once it has dealt with the current message. */
export type After =
  | { readonly after: "timeout"; readonly timeoutMs: number }
  | { readonly after: "continue"; readonly argument: unknown };

/** Accepted. */
export interface Ok<V> extends CallbackResult {
  /** The kind of result. */
  readonly next: "ok";
  /** The state of a server, the response to a join, the assigns of a socket. */
  readonly value: V;
  /** What the server does first. */
  readonly after: After | undefined;
}

/** Turned away. */
export interface Refuse<R = unknown> extends CallbackResult {
  /** The kind of result. */
  readonly next: "refuse";
  /** What the other side is told. */
  readonly reason: R;
}

/** Not started, and that is fine. */
export interface Ignore extends CallbackResult {
  /** The kind of result. */
  readonly next: "ignore";
}

/** Answered. */
export interface Reply<R, S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "reply";
  /** `"ok"`, or what a channel says instead. */
  readonly status: string;
  /** The answer. */
  readonly value: R;
  /** The new state. */
  readonly state: S;
  /** What the server does next. */
  readonly after: After | undefined;
}

/** Not answered, or not yet. */
export interface NoReply<S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "noreply";
  /** The new state. */
  readonly state: S;
  /** What the server does next. */
  readonly after: After | undefined;
}

/** The end. */
export interface Stop<S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "stop";
  /** Why; `terminate` is told. */
  readonly reason: ExitReason;
  /** The last state. */
  readonly state: S;
}

/** An answer, and then the end. */
export interface ReplyAndStop<R, S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "replyAndStop";
  /** The answer, which goes out once `terminate` is through. */
  readonly value: R;
  /** Why; `terminate` is told. */
  readonly reason: ExitReason;
  /** The last state. */
  readonly state: S;
}

class OkResult<V> implements Ok<V> {
  get [RESULT](): true {
    return true;
  }
  get next(): "ok" {
    return "ok";
  }
  readonly value: V;
  readonly after: After | undefined;

  constructor(value: V, after: After | undefined) {
    this.value = value;
    this.after = after;
  }
}

class RefuseResult<R> implements Refuse<R> {
  get [RESULT](): true {
    return true;
  }
  get next(): "refuse" {
    return "refuse";
  }
  readonly reason: R;

  constructor(reason: R) {
    this.reason = reason;
  }
}

class IgnoreResult implements Ignore {
  get [RESULT](): true {
    return true;
  }
  get next(): "ignore" {
    return "ignore";
  }
}

class ReplyResult<R, S> implements Reply<R, S> {
  get [RESULT](): true {
    return true;
  }
  get next(): "reply" {
    return "reply";
  }
  readonly status: string;
  readonly value: R;
  readonly state: S;
  readonly after: After | undefined;

  constructor(status: string, value: R, state: S, after: After | undefined) {
    this.status = status;
    this.value = value;
    this.state = state;
    this.after = after;
  }
}

class NoReplyResult<S> implements NoReply<S> {
  get [RESULT](): true {
    return true;
  }
  get next(): "noreply" {
    return "noreply";
  }
  readonly state: S;
  readonly after: After | undefined;

  constructor(state: S, after: After | undefined) {
    this.state = state;
    this.after = after;
  }
}

class StopResult<S> implements Stop<S> {
  get [RESULT](): true {
    return true;
  }
  get next(): "stop" {
    return "stop";
  }
  readonly reason: ExitReason;
  readonly state: S;

  constructor(reason: ExitReason, state: S) {
    this.reason = reason;
    this.state = state;
  }
}

class ReplyAndStopResult<R, S> implements ReplyAndStop<R, S> {
  get [RESULT](): true {
    return true;
  }
  get next(): "replyAndStop" {
    return "replyAndStop";
  }
  readonly value: R;
  readonly reason: ExitReason;
  readonly state: S;

  constructor(value: R, reason: ExitReason, state: S) {
    this.value = value;
    this.reason = reason;
    this.state = state;
  }
}

/** Accepts: a join with the empty response `{}`, a connection without assigns. */
export function ok(): Ok<undefined>;
/**
 * Accepts: `value` is the response to a join, the assigns of a connection, or the first state of a server.
 *
 * ```ts
 * import { Channel, ok, type Params, refuse, Socket } from "@urvogel/realtime";
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join(topic: string) {
 *     return ok({ topic }); // what the client's `join().receive("ok", ...)` gets
 *   }
 * }
 *
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect({ user }: Params) {
 *     return typeof user === "string" ? ok({ user }) : refuse(); // what channels find as `socket.assigns`
 *   }
 * }
 * ```
 */
export function ok<V>(value: V, after?: After): Ok<V>;
export function ok(value?: unknown, after?: After): Ok<unknown> {
  return new OkResult(value, after);
}

/** Turns a join or a connection away. Clients see `{}` as the response of a refused join. */
export function refuse(): Refuse<undefined>;
/**
 * Turns a join or a connection away. Clients see `reason` as the response of a refused join; that of a refused
 * connection goes to `errorHandler` and into the log.
 *
 * ```ts
 * import { Channel, type JoiningSocket, ok, refuse, Socket } from "@urvogel/realtime";
 * import { connect, JoinRefusedError } from "@urvogel/realtime/testing";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * class AdminChannel extends Channel<{ isAdmin: boolean }> {
 *   override join(_topic: string, _params: unknown, socket: JoiningSocket<{ isAdmin: boolean }>) {
 *     return socket.assigns.isAdmin ? ok() : refuse({ reason: "unauthorized" });
 *   }
 * }
 *
 * class GuestSocket extends Socket<{ isAdmin: boolean }> {
 *   override channels = { admin: AdminChannel };
 *   override connect() {
 *     return ok({ isAdmin: false });
 *   }
 * }
 *
 * await using client = await connect(GuestSocket);
 * const { response } = await assertRejects(() => client.join("admin"), JoinRefusedError);
 * assertEquals(response, { reason: "unauthorized" });
 * ```
 */
export function refuse<R>(reason: R): Refuse<R>;
export function refuse(reason?: unknown): Refuse {
  return new RefuseResult(reason);
}

/** Lets `GenServer.start` end without a server and without an error report. */
export function ignore(): Ignore {
  return new IgnoreResult();
}

/** Answers a channel's push with status `"ok"` and an empty response. */
export function reply(): Reply<undefined, undefined>;
/** Answers a channel's push with status `"ok"` and `response`: any JSON value, or a `Uint8Array`. */
export function reply<R>(response: R): Reply<R, undefined>;
/** Answers a call with `value` and keeps `state`. */
export function reply<R, S>(value: R, state: S, after?: After): Reply<R, S>;
export function reply(value?: unknown, state?: unknown, after?: After): Reply<unknown, unknown> {
  return new ReplyResult("ok", value, state, after);
}

/** Answers a channel's push with status `"error"` and an empty response. */
export function replyError(): Reply<undefined, undefined>;
/** Answers a channel's push with status `"error"` and `response`: any JSON value, or a `Uint8Array`. */
export function replyError<R>(response: R): Reply<R, undefined>;
export function replyError(response?: unknown): Reply<unknown, undefined> {
  return new ReplyResult("error", response, undefined, undefined);
}

/** Answers a channel's push with any status, which the client receives by `.receive(status, ...)`, and `{}`. */
export function replyStatus(status: string): Reply<undefined, undefined>;
/** Answers a channel's push with any status, and `response`: any JSON value, or a `Uint8Array`. */
export function replyStatus<R>(status: string, response: R): Reply<R, undefined>;
export function replyStatus(status: string, response?: unknown): Reply<unknown, undefined> {
  return new ReplyResult(status, response, undefined, undefined);
}

/** Says nothing to a push. */
export function noreply(): NoReply<undefined>;
/** Keeps `state` and answers nothing: there was no call, or it is answered later through its `from`. */
export function noreply<S>(state: S, after?: After): NoReply<S>;
export function noreply(state?: unknown, after?: After): NoReply<unknown> {
  return new NoReplyResult(state, after);
}

/** Ends a channel. */
export function stop(reason: ExitReason): Stop<undefined>;
/** Ends a server, whose `terminate` gets `state`. */
export function stop<S>(reason: ExitReason, state: S): Stop<S>;
export function stop(reason: ExitReason, state?: unknown): Stop<unknown> {
  return new StopResult(reason, state);
}

/** Answers a push with status `"ok"`, then ends the channel. */
export function replyAndStop<R>(response: R, reason: ExitReason): ReplyAndStop<R, undefined>;
/**
 * Ends the server, and answers a call once `terminate` is through, whether that fails or not: who gets the answer finds
 * cleaned up what there was to clean up.
 */
export function replyAndStop<R, S>(value: R, reason: ExitReason, state: S): ReplyAndStop<R, S>;
export function replyAndStop(value: unknown, reason: ExitReason, state?: unknown): ReplyAndStop<unknown, unknown> {
  return new ReplyAndStopResult(value, reason, state);
}

/** Runs `handleContinue(argument)` before any other message. */
export function continueWith(argument: unknown): After {
  return { after: "continue", argument };
}

/**
 * Sends the server `TIMEOUT` (to `handleInfo`) if no message comes for `timeoutMs` milliseconds. Any message calls it
 * off; it never comes while messages wait, even with 0.
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function timeoutAfter(timeoutMs: number): After {
  assertTimeout("wait", timeoutMs);
  return { after: "timeout", timeoutMs };
}

/** What `handleInfo` gets when a {@linkcode timeoutAfter} is over. */
export const TIMEOUT: unique symbol = Symbol("timeout");
