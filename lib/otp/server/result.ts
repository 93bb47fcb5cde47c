/**
 * Results of callbacks, created by the functions below. Their field `next` is their kind.
 *
 * A result has a mark, so that it is never confused with another object that has a field `next`, such as a state or the
 * response to a join. The mark is the same in every copy of this package that a program may have loaded. An object
 * literal has no mark and is not a result.
 *
 * GenServer and Channel use the same functions. A GenServer returns its new state with every result; a channel keeps
 * its state in its fields and returns none.
 *
 * | result | GenServer | Channel |
 * | --- | --- | --- |
 * | `ok` | `init`: started | `join`: accepted, with a response; `connect`: accepted, with assigns |
 * | `refuse` | | `join`, `connect`: refused, with a reason |
 * | `reply` | replies to a call | replies to a push with status `"ok"` |
 * | `replyError`, `replyStatus` | | replies to a push with another status |
 * | `noreply` | no reply (yet) | no reply (yet) |
 * | `stop`, `replyAndStop` | ends the server | ends the channel |
 * | `ignore` | `init`: does not start | |
 *
 * This file is longer than most: each function stands with its overloads and their contracts, beside the type that it
 * returns.
 *
 * @module
 */

import type { ExitReason } from "../process/exit_reason.ts";
import { type CallbackResult, type Ignore, RESULT } from "../process/marked_result.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

export type { Ignore };

/**
 * What a server does after it has handled the current message: continue with an argument, or start a timeout.
 *
 * @category Results of callbacks
 */
export type After =
  | { readonly after: "timeout"; readonly timeoutMs: number }
  | { readonly after: "continue"; readonly argument: unknown };

/**
 * The result of `ok`: a start, a join or a connection is accepted.
 *
 * @category Results of callbacks
 */
export interface Ok<V> extends CallbackResult {
  /** The kind of result. */
  readonly next: "ok";
  /** The state of a server, the response to a join, the assigns of a socket. */
  readonly value: V;
  /** What the server does before its first message. */
  readonly after: After | undefined;
  /** The options of an accepted join. */
  readonly options?: JoinOptions | undefined;
}

/**
 * Options of an accepted join: the second argument of `ok`.
 *
 * @category Results of callbacks
 */
export interface JoinOptions {
  /**
   * Whether the client may have what it has missed, if its topic has history. If not, it gets what comes from now on.
   * One that joins with `since` gets `recovered: false`, so a page that reloads itself on that must not send `since`
   * with its first join.
   */
  readonly since: boolean;
}

/**
 * The result of `refuse`: a join or a connection is refused.
 *
 * @category Results of callbacks
 */
export interface Refuse<R = unknown> extends CallbackResult {
  /** The kind of result. */
  readonly next: "refuse";
  /** The reason of the refusal. */
  readonly reason: R;
}

/**
 * The result of `reply`: the caller or client gets a reply, and the process continues.
 *
 * @category Results of callbacks
 */
export interface Reply<R, S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "reply";
  /** The status of the reply: `"ok"`, or another one of a channel. */
  readonly status: string;
  /** The reply. */
  readonly value: R;
  /** The new state. */
  readonly state: S;
  /** What the server does next. */
  readonly after: After | undefined;
}

/**
 * The result of `replyError`: the client gets a reply with status `"error"`, and the channel continues.
 *
 * @category Results of callbacks
 */
export interface ErrorReply<R> extends Reply<R, undefined> {
  /** The status of the reply. */
  readonly status: "error";
  /** The reply, the same as `value`. Its name distinguishes the types of error replies and other replies. */
  readonly response: R;
}

/**
 * The result of `noreply`: the process continues without a reply, which may follow later.
 *
 * @category Results of callbacks
 */
export interface NoReply<S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "noreply";
  /** The new state. */
  readonly state: S;
  /** What the server does next. */
  readonly after: After | undefined;
}

/**
 * The result of `stop`: the process ends.
 *
 * @category Results of callbacks
 */
export interface Stop<S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "stop";
  /** The exit reason, passed to `terminate`. */
  readonly reason: ExitReason;
  /** The last state. */
  readonly state: S;
}

/**
 * The result of `replyAndStop`: the caller or client gets a reply, and the process ends.
 *
 * @category Results of callbacks
 */
export interface ReplyAndStop<R, S> extends CallbackResult {
  /** The kind of result. */
  readonly next: "replyAndStop";
  /** The reply, which is sent after `terminate`. */
  readonly value: R;
  /** The exit reason, passed to `terminate`. */
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

class OkWithOptions<V> extends OkResult<V> {
  readonly options: JoinOptions;

  constructor(value: V, options: JoinOptions) {
    super(value, undefined);
    this.options = options;
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
  /** For {@linkcode ErrorReply}. */
  get response(): R {
    return this.value;
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

/**
 * Accepts a join with the empty response `{}`, or a connection without assigns.
 *
 * @category Results of callbacks
 * @example Usage
 * ```ts
 * import { Channel, continueWith, GenServer, noreply, ok } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class RoomChannel extends Channel {
 *   override join() {
 *     return ok(); // or ok({ topic }), with a response
 *   }
 * }
 *
 * class Greeter extends GenServer<string> {
 *   override init(name: string) {
 *     return ok(`hello, ${name}`, continueWith("greet")); // without the second argument, a bare state will do
 *   }
 *   override handleContinue(state: string) {
 *     greetings.push(state);
 *     return noreply(state);
 *   }
 * }
 * const greetings: string[] = [];
 *
 * const greeter = await GenServer.start(Greeter, "Ann");
 * await greeter.stop();
 * assertEquals(greetings, ["hello, Ann"]);
 * void RoomChannel;
 * ```
 */
export function ok(): Ok<undefined>;
/**
 * Accepts a join, a connection or a start: `value` is the response to the join, the assigns of the connection, or the
 * first state of the server.
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
 *
 * @category Results of callbacks
 */
export function ok<V>(value: V, after?: After): Ok<V>;
/**
 * Accepts a join to a topic with history, and decides whether the client may have what it has missed. With the empty
 * response, which is the only one if a contract declares none: `ok(undefined, { since: false })`.
 *
 * ```ts
 * import { Channel, type JoiningSocket, ok } from "@urvogel/realtime";
 *
 * class RoomChannel extends Channel<{ isMember: boolean }> {
 *   override history = { maxMessages: 100 };
 *   override join(_topic: string, _params: unknown, socket: JoiningSocket<{ isMember: boolean }>) {
 *     return ok({}, { since: socket.assigns.isMember }); // guests only see what is said from now on
 *   }
 * }
 * ```
 *
 * @category Results of callbacks
 */
export function ok<V>(value: V, options: JoinOptions): Ok<V>;
export function ok(value?: unknown, more?: After | JoinOptions): Ok<unknown> {
  return more !== undefined && "since" in more ? new OkWithOptions(value, more) : new OkResult(value, more);
}

/**
 * Refuses a join or a connection. Clients get `{}` as the response to a refused join.
 *
 * @category Results of callbacks
 */
export function refuse(): Refuse<undefined>;
/**
 * Refuses a join or a connection. Clients get `reason` as the response to a refused join. The reason for a refused
 * connection is passed to `errorHandler` and written to the log.
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
 *
 * @category Results of callbacks
 */
export function refuse<R>(reason: R): Refuse<R>;
export function refuse(reason?: unknown): Refuse {
  return new RefuseResult(reason);
}

/**
 * Makes `init` not start the server: `GenServer.start` fails without an error report.
 *
 * @category Results of callbacks
 */
export function ignore(): Ignore {
  return new IgnoreResult();
}

/**
 * Replies to a channel's push with status `"ok"` and an empty response.
 *
 * @category Results of callbacks
 * @example Usage
 * ```ts
 * import { Channel, GenServer, nextState, ok, reply, startIn, StateMachine } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class RoomChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({ ping: () => reply({ pong: true }) });
 * }
 *
 * class Counter extends GenServer<number, { calls: { add(by: number): number } }> {
 *   override init() {
 *     return 0;
 *   }
 *   override handleCall = this.calls({ add: (state, by) => reply(state + by, state + by) }); // the value, the state
 * }
 *
 * class Switch extends StateMachine<{ states: { off: number; on: number }; calls: { push(): number } }> {
 *   override init() {
 *     return startIn("off", 0);
 *   }
 *   override states = this.define({
 *     off: { calls: { push: (pushes) => reply(pushes + 1, nextState("on", pushes + 1)) } },
 *     on: { calls: { push: (pushes) => reply(pushes) } }, // keeps state and data
 *   });
 * }
 *
 * const counter = await GenServer.start(Counter);
 * assertEquals(await counter.call("add", 2), 2);
 * const light = await StateMachine.start(Switch);
 * assertEquals(await light.call("push"), 1);
 * assertEquals(await light.call("push"), 1);
 * void RoomChannel;
 * ```
 */
export function reply(): Reply<undefined, undefined>;
/**
 * Replies to a channel's push with status `"ok"` and `response`, any JSON value or a `Uint8Array`. Replies to a call of
 * a state machine with any value, and keeps its state and data.
 *
 * @category Results of callbacks
 */
export function reply<R>(response: R): Reply<R, undefined>;
/**
 * Replies to a call with `value`. The server continues with `state`; for a state machine, `state` is another result.
 *
 * @category Results of callbacks
 */
export function reply<R, S>(value: R, state: S, after?: After): Reply<R, S>;
export function reply(value?: unknown, state?: unknown, after?: After): Reply<unknown, unknown> {
  return new ReplyResult("ok", value, state, after);
}

/**
 * Replies to a channel's push with status `"error"` and an empty response.
 *
 * @category Results of callbacks
 */
export function replyError(): ErrorReply<undefined>;
/**
 * Replies to a channel's push with status `"error"` and `response`: any JSON value, or a `Uint8Array`.
 *
 * @category Results of callbacks
 */
export function replyError<R>(response: R): ErrorReply<R>;
export function replyError(response?: unknown): ErrorReply<unknown> {
  return new ReplyResult("error", response, undefined, undefined) as ErrorReply<unknown>;
}

/**
 * Replies to a channel's push with any status, which the client receives by `.receive(status, ...)`, and `{}`.
 *
 * @category Results of callbacks
 */
export function replyStatus(status: string): Reply<undefined, undefined>;
/**
 * Replies to a channel's push with any status, and `response`: any JSON value, or a `Uint8Array`.
 *
 * @category Results of callbacks
 */
export function replyStatus<R>(status: string, response: R): Reply<R, undefined>;
export function replyStatus(status: string, response?: unknown): Reply<unknown, undefined> {
  return new ReplyResult(status, response, undefined, undefined);
}

/**
 * Sends no reply to a push.
 *
 * @category Results of callbacks
 * @example Usage
 * ```ts
 * import { type From, GenServer, noreply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * interface Bell {
 *   calls: { wait(): string };
 *   casts: { ring(): void };
 * }
 * class BellServer extends GenServer<readonly From<string>[], Bell> {
 *   override init() {
 *     return [];
 *   }
 *   override handleCall = this.calls({ wait: (waiting, _, from) => noreply([...waiting, from]) }); // replied to later
 *   override handleCast = this.casts({
 *     ring: (waiting) => {
 *       for (const from of waiting) from.reply("ding");
 *       return noreply([]);
 *     },
 *   });
 * }
 *
 * const bell = await GenServer.start(BellServer);
 * const rung = bell.call("wait");
 * bell.cast("ring");
 * assertEquals(await rung, "ding");
 * ```
 */
export function noreply(): NoReply<undefined>;
/**
 * Continues with `state` without a reply: there was no call, or the reply is sent later through `from`.
 *
 * @category Results of callbacks
 */
export function noreply<S>(state: S, after?: After): NoReply<S>;
export function noreply(state?: unknown, after?: After): NoReply<unknown> {
  return new NoReplyResult(state, after);
}

/**
 * Ends a channel, or a state machine with its current data.
 *
 * @category Results of callbacks
 * @example Usage
 * ```ts
 * import { GenServer, isExpectedExit, stop } from "@urvogel/realtime";
 * import { assert } from "@std/assert";
 *
 * class Door extends GenServer<string[], { casts: { close(): void } }> {
 *   override init() {
 *     return ["created"];
 *   }
 *   override handleCast = this.casts({ close: (log) => stop({ shutdown: "closed" }, [...log, "closed"]) });
 *   override terminate(log: string[]) {
 *     assert(log.includes("closed"));
 *   }
 * }
 *
 * const door = await GenServer.start(Door);
 * door.cast("close"); // a reason other than "normal", "shutdown" and { shutdown } is reported as a crash
 * assert(isExpectedExit({ shutdown: "closed" }));
 * ```
 */
export function stop(reason: ExitReason): Stop<undefined>;
/**
 * Ends a server. Its `terminate` gets `state`.
 *
 * @category Results of callbacks
 */
export function stop<S>(reason: ExitReason, state: S): Stop<S>;
export function stop(reason: ExitReason, state?: unknown): Stop<unknown> {
  return new StopResult(reason, state);
}

/**
 * Replies to a push with status `"ok"`, then ends the channel. In a state machine, ends it with its current data, and
 * replies to the caller.
 *
 * @category Results of callbacks
 */
export function replyAndStop<R>(response: R, reason: ExitReason): ReplyAndStop<R, undefined>;
/**
 * Ends the server and replies to a call. The reply is sent after `terminate`, even if that fails, so the caller can
 * rely on the cleanup being over.
 *
 * @category Results of callbacks
 */
export function replyAndStop<R, S>(value: R, reason: ExitReason, state: S): ReplyAndStop<R, S>;
export function replyAndStop(value: unknown, reason: ExitReason, state?: unknown): ReplyAndStop<unknown, unknown> {
  return new ReplyAndStopResult(value, reason, state);
}

/**
 * Runs `handleContinue(state, argument)` before any other message, for work that the caller should not wait for.
 *
 * @category Results of callbacks
 * @example Usage
 * ```ts
 * import { continueWith, GenServer, noreply, ok, reply } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class Cache extends GenServer<readonly string[], { calls: { all(): readonly string[] } }> {
 *   override init() {
 *     return ok([], continueWith("fill")); // start() does not wait for it, calls do
 *   }
 *   override async handleContinue(_: readonly string[], argument: unknown) {
 *     return noreply([`${argument}ed`, await Promise.resolve("from far away")]);
 *   }
 *   override handleCall = this.calls({ all: (state) => reply(state, state) });
 * }
 *
 * const cache = await GenServer.start(Cache);
 * assertEquals(await cache.call("all"), ["filled", "from far away"]);
 * ```
 */
export function continueWith(argument: unknown): After {
  return { after: "continue", argument };
}

/**
 * Sends the server `TIMEOUT` (to `handleInfo`) if no message arrives for `timeoutMs` milliseconds. Any message cancels
 * it. It is never sent while messages wait, even with 0.
 *
 * @category Results of callbacks
 * @example A server that ends when nobody needs it
 * ```ts
 * import { GenServer, noreply, ok, stop, TIMEOUT, timeoutAfter } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const { promise, resolve } = Promise.withResolvers<number>();
 * class Session extends GenServer<number, { casts: { use(): void } }> {
 *   override init() {
 *     return ok(0, timeoutAfter(5));
 *   }
 *   override handleCast = this.casts({ use: (uses) => noreply(uses + 1, timeoutAfter(5)) });
 *   override handleInfo(uses: number, message: unknown) {
 *     return message === TIMEOUT ? stop("normal", uses) : noreply(uses, timeoutAfter(5));
 *   }
 *   override terminate(uses: number) {
 *     resolve(uses);
 *   }
 * }
 *
 * const session = await GenServer.start(Session);
 * session.cast("use");
 * assertEquals(await promise, 1);
 * ```
 *
 * @throws {RangeError} If `timeoutMs` is negative or not a number.
 */
export function timeoutAfter(timeoutMs: number): After {
  assertTimeout("wait", timeoutMs);
  return { after: "timeout", timeoutMs };
}

/**
 * The message that `handleInfo` gets when a {@linkcode timeoutAfter} expires.
 *
 * @category Results of callbacks
 */
export const TIMEOUT: unique symbol = Symbol("timeout");
