/**
 * What callbacks answer: plain objects, told apart by `next`, made by the functions below.
 *
 * The same few words serve GenServer and Channel. A GenServer returns its new state with every result; a channel keeps
 * its state in `socket.assigns` and leaves it out.
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

import type { ExitReason } from "./exit_reason.ts";
import { assertTimeout } from "./timeout_ms.ts";

/** What a server does once it has dealt with the current message. */
export type After =
  | { readonly after: "timeout"; readonly timeoutMs: number }
  | { readonly after: "continue"; readonly argument: unknown };

/** Accepted. */
export interface Ok<V> {
  /** Tells results apart. */
  readonly next: "ok";
  /** The state of a server, the response to a join, the assigns of a socket. */
  readonly value: V;
  /** What the server does first. */
  readonly after: After | undefined;
}

/** Turned away. */
export interface Refuse {
  /** Tells results apart. */
  readonly next: "refuse";
  /** What the other side is told. */
  readonly reason: unknown;
}

/** Not started, and that is fine. */
export interface Ignore {
  /** Tells results apart. */
  readonly next: "ignore";
}

/** Answered. */
export interface Reply<R, S> {
  /** Tells results apart. */
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
export interface NoReply<S> {
  /** Tells results apart. */
  readonly next: "noreply";
  /** The new state. */
  readonly state: S;
  /** What the server does next. */
  readonly after: After | undefined;
}

/** The end. */
export interface Stop<S> {
  /** Tells results apart. */
  readonly next: "stop";
  /** Why; `terminate` is told. */
  readonly reason: ExitReason;
  /** The last state. */
  readonly state: S;
}

/** An answer, and then the end. */
export interface ReplyAndStop<R, S> {
  /** Tells results apart. */
  readonly next: "replyAndStop";
  /** The answer. */
  readonly value: R;
  /** Why; `terminate` is told. */
  readonly reason: ExitReason;
  /** The last state. */
  readonly state: S;
}

/** Accepts: a join with the empty response `{}`, a connection without assigns. */
export function ok(): Ok<undefined>;
/** Accepts with `value`: see the table above. */
export function ok<V>(value: V, after?: After): Ok<V>;
export function ok(value?: unknown, after?: After): Ok<unknown> {
  return { next: "ok", value, after };
}

/** Turns a join or a connection away. Clients see `reason` as the response of a refused join; `{}` by default. */
export function refuse(reason?: unknown): Refuse {
  return { next: "refuse", reason };
}

/** Lets `GenServer.start` end without a server and without an error report. */
export function ignore(): Ignore {
  return { next: "ignore" };
}

/** Answers a channel's push with status `"ok"` and an empty response. */
export function reply(): Reply<undefined, undefined>;
/** Answers a channel's push with status `"ok"` and `response`: any JSON value, or a `Uint8Array`. */
export function reply<R>(response: R): Reply<R, undefined>;
/** Answers a call with `value` and keeps `state`. */
export function reply<R, S>(value: R, state: S, after?: After): Reply<R, S>;
export function reply(value?: unknown, state?: unknown, after?: After): Reply<unknown, unknown> {
  return { next: "reply", status: "ok", value, state, after };
}

/** Answers a channel's push with status `"error"`. */
export function replyError(response?: unknown): Reply<unknown, undefined> {
  return { next: "reply", status: "error", value: response, state: undefined, after: undefined };
}

/** Answers a channel's push with any status: the client hears it with `.receive(status, ...)`. */
export function replyStatus(status: string, response?: unknown): Reply<unknown, undefined> {
  return { next: "reply", status, value: response, state: undefined, after: undefined };
}

/** Says nothing to a push. */
export function noreply(): NoReply<undefined>;
/** Keeps `state` and answers nothing: there was no call, or it is answered later through its `from`. */
export function noreply<S>(state: S, after?: After): NoReply<S>;
export function noreply(state?: unknown, after?: After): NoReply<unknown> {
  return { next: "noreply", state, after };
}

/** Ends a channel. */
export function stop(reason: ExitReason): Stop<undefined>;
/** Ends a server, whose `terminate` gets `state`. */
export function stop<S>(reason: ExitReason, state: S): Stop<S>;
export function stop(reason: ExitReason, state?: unknown): Stop<unknown> {
  return { next: "stop", reason, state };
}

/** Answers a push with status `"ok"`, then ends the channel. */
export function replyAndStop<R>(response: R, reason: ExitReason): ReplyAndStop<R, undefined>;
/** Answers a call, then ends the server. */
export function replyAndStop<R, S>(value: R, reason: ExitReason, state: S): ReplyAndStop<R, S>;
export function replyAndStop(value: unknown, reason: ExitReason, state?: unknown): ReplyAndStop<unknown, unknown> {
  return { next: "replyAndStop", value, reason, state };
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
