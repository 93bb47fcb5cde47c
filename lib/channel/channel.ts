/**
 * Channels: what a client says to a topic, and what it hears from it.
 *
 * @module
 */

import type { LogSetting } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import type { CallResult, InfoResult } from "../otp/server/behaviour.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { From } from "../otp/server/call.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import {
  type NoReply,
  noreply,
  type Ok,
  type Refuse,
  type Reply,
  type ReplyAndStop,
  type Stop,
} from "../otp/server/result.ts";
import type { CallsOf, ReplyOf, RequestOf, ServerInterface } from "../otp/server/server_ref.ts";
import { reportUnhandled } from "../otp/process/unhandled_message.ts";
import { type RateLimit, UNLIMITED } from "../limits/token_bucket.ts";
import type { SlowReaderPolicy } from "../transport/outbox.ts";
import type { ChannelSocket } from "./channel_socket.ts";
import type { IncomingPush } from "./incoming_push.ts";
import type { JoiningSocket } from "./joining_socket.ts";
import type { ChannelHandledInEvent, ChannelJoinedEvent } from "./telemetry.ts";

/** What `join` may return: `ok(response)` or `refuse(reason)`. */
export type JoinResult = Ok<unknown> | Refuse;

/** What a handler of a client's event may return. */
export type HandleInResult =
  | Reply<unknown, undefined>
  | NoReply<undefined>
  | Stop<undefined>
  | ReplyAndStop<unknown, undefined>;

/** Handles one event of the client. `P` is what is known of the payload: nothing, until the handler has looked. */
export type EventHandler<A extends object, P = unknown> = (
  payload: P,
  socket: ChannelSocket<A>,
  push: IncomingPush,
) => MaybePromise<HandleInResult>;

/** Handlers by event. `"*"` gets what no other handler takes; without it, an unknown event ends the channel. */
export type EventHandlers<A extends object> = { readonly [event: string]: EventHandler<A> };

/** Answers one call to the channel's process; see `GenServer`. */
export type ChannelCallHandler<A extends object> = (
  request: never,
  socket: ChannelSocket<A>,
  from: From<unknown>,
) => MaybePromise<CallResult<unknown, undefined>>;

/**
 * One handler for each call of `I`; see {@linkcode JoiningSocket.ref} for the callers' end.
 *
 * @example Usage
 * ```ts
 * import { Channel, type ChannelCallHandlers, ok, reply } from "@urvogel/realtime";
 *
 * interface Member {
 *   calls: { name(): string };
 * }
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join() {
 *     return ok();
 *   }
 *   override handleCall: ChannelCallHandlers<{ user: string }, Member> = {
 *     name: (_request, socket) => reply(socket.assigns.user),
 *   };
 * }
 * ```
 */
export type ChannelCallHandlers<A extends object, I extends ServerInterface> = {
  readonly [K in keyof CallsOf<I>]: (
    request: RequestOf<CallsOf<I>[K]>,
    socket: ChannelSocket<A>,
    from: From<ReplyOf<CallsOf<I>[K]>>,
  ) => MaybePromise<CallResult<ReplyOf<CallsOf<I>[K]>, undefined>>;
};

// One for all channels: a field of each is a pointer to it.
const NEVER_DROP: SlowReaderPolicy = { policy: "close" };
const NO_LIMITS: { readonly [event: string]: number } = {};

/** How long a channel may take to end, unless it says otherwise: as long as in Phoenix. */
export const SHUTDOWN_MS = 5_000;

// One for all channels: there are as many as joined topics.
const NO_HANDLERS: Readonly<Record<string, never>> = Object.freeze({});
const NO_EVENTS: readonly string[] = Object.freeze([]);

/**
 * Extend it, and name the class in {@linkcode Socket.channels}. `A` is what the socket's `connect` assigns.
 *
 * There is one instance for each topic that a client has joined, with a process of its own: it handles one message at
 * a time, keeps its state in fields or in `socket.assigns`, and when it throws, only it ends: its client is told and
 * joins again.
 *
 * ```ts
 * import { Channel, type JoiningSocket, ok, refuse, reply } from "@urvogel/realtime";
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join(topic: string, _params: unknown, socket: JoiningSocket<{ user: string }>) {
 *     if (topic === "room:secret" && socket.assigns.user !== "ann") return refuse({ reason: "unauthorized" });
 *     return ok({ topic });
 *   }
 *
 *   override handleIn = this.handlers({
 *     say: (payload, socket) => {
 *       socket.broadcast("said", { from: socket.assigns.user, payload });
 *       return reply({ received: true });
 *     },
 *   });
 * }
 * ```
 *
 * A handler of {@linkcode handleIn} returns
 *
 * - `reply(response)` or `replyError(response)`: the client's `receive("ok")` or `receive("error")`,
 * - `noreply()`: no answer, or one that comes later by `push.socketRef()`,
 * - `stop(reason)` or `replyAndStop(response, reason)`: the channel ends. `"normal"` tells the client that it is out and
 *   need not come back; an `Error` lets it join again.
 *
 * **A throw** ends the channel, and so does an event without a handler: the client hears `phx_error` and joins again.
 * What a client may do wrong is better answered with `replyError`.
 *
 * **Time:** send yourself a message; it reaches {@linkcode handleInfo}, unless the channel has ended before.
 *
 * ```ts
 * import { Channel, type ChannelSocket, noreply, ok, sendAfter } from "@urvogel/realtime";
 *
 * class GameChannel extends Channel {
 *   #round = 0;
 *   override join() {
 *     return ok();
 *   }
 *   override afterJoin(socket: ChannelSocket) {
 *     sendAfter(socket.self, "tick", 50);
 *   }
 *   override handleInfo(message: unknown, socket: ChannelSocket) {
 *     if (message === "tick") {
 *       socket.push("round", { round: ++this.#round });
 *       sendAfter(socket.self, "tick", 50);
 *     }
 *     return noreply();
 *   }
 * }
 * ```
 *
 * **Not for** what the members of a topic share, such as the state of a game: a channel belongs to one client. Keep that
 * in a {@linkcode GenServer}, which channels call, and which broadcasts.
 */
export abstract class Channel<A extends object = object> {
  /**
   * Decides whether the client may join.
   *
   * Frames of this topic wait until it is decided; other topics of the same client do not. A throw turns the client
   * away with `{ reason: "join crashed" }`.
   *
   * If the client leaves or goes before it is decided, the join is given up: its process ends, its result does not count,
   * and {@linkcode terminate} does not run. Only if messages of the client wait for the join, it is awaited, for at most
   * {@linkcode shutdownMs}, and they are handled. `socket.self.signal` is aborted in both cases.
   *
   * @param topic The topic that the client asked for.
   * @param params What it sent along: any JSON value, or a `Uint8Array`.
   * @param socket The connection.
   * @returns `ok(response)` or `refuse(reason)`.
   */
  abstract join(topic: string, params: unknown, socket: JoiningSocket<A>): MaybePromise<JoinResult>;

  /**
   * Handles what the client sends, by event. Write them with {@linkcode handlers}, which knows their types. `"*"` gets
   * what no other handler takes; without it, an unknown event ends the channel.
   */
  readonly handleIn: EventHandlers<A> = NO_HANDLERS;

  /** Answers calls to the channel's process, by name; others hold it as {@linkcode JoiningSocket.ref}. */
  readonly handleCall: { readonly [name: string]: ChannelCallHandler<A> } = NO_HANDLERS;

  /** Events whose broadcasts go through {@linkcode handleOut} instead of straight to the client. */
  readonly intercepts: readonly string[] = NO_EVENTS;

  /**
   * How many messages one client may send to this channel. More are answered with the error
   * `{ reason: "too many messages per second" }`, and count towards `Socket.refusalRate`.
   *
   * @default {UNLIMITED}
   */
  readonly messageRate: RateLimit = UNLIMITED;

  /**
   * How large payloads may be, by event: in bytes, of the JSON text where they are JSON. `"*"` is for events without a
   * limit of their own; the parameters of a join go by the name `phx_join`. A larger one is answered with the error
   * `{ reason: "payload too large" }`.
   *
   * ```ts
   * import { Channel, ok, type RateLimit } from "@urvogel/realtime";
   *
   * class ChatChannel extends Channel {
   *   override maxPayloadBytes = { say: 4_000, upload: 1_000_000, "*": 1_000 };
   *   override messageRate: RateLimit = { perSecond: 5, burst: 20 };
   *   override join() {
   *     return ok();
   *   }
   * }
   * ```
   *
   * @default {no limits}
   */
  readonly maxPayloadBytes: { readonly [event: string]: number } = NO_LIMITS;

  /**
   * What happens to this topic's broadcasts for a client that reads too slowly. By default they wait, until so much does
   * that the connection is closed (code 4408, see `WebSocketOptions.maxBufferedBytes`). What the next broadcast replaces
   * anyway is better dropped:
   *
   * ```ts
   * import { Channel, ok, type SlowReaderPolicy } from "@urvogel/realtime";
   *
   * class CursorsChannel extends Channel {
   *   override slowReader: SlowReaderPolicy = { policy: "dropOldest", maxWaitingBytes: 10_000 };
   *   override join() {
   *     return ok();
   *   }
   * }
   * ```
   *
   * Replies and pushes are never dropped, nor are broadcasts that {@linkcode handleOut} pushes.
   *
   * @default {the policy "close"}
   */
  readonly slowReader: SlowReaderPolicy = NEVER_DROP;

  /**
   * How long the channel may take to end, in milliseconds, once its client has left, is gone or has joined the topic
   * again, or once {@linkcode terminate} has begun. Until then the messages that wait are handled. A channel that takes
   * longer is ended by force: its presence and subscriptions go, its handler's result does not count. `Infinity` waits
   * for ever.
   *
   * `socket.self.signal` is aborted as soon as the client leaves or is gone, so it is aborted in `terminate` as well.
   * Hand it to what a handler waits for. A handler that throws the signal's reason, as `fetch` does, has given up: that is
   * no crash, and the next message follows.
   *
   * ```ts
   * import { Channel, ok, reply } from "@urvogel/realtime";
   *
   * class WeatherChannel extends Channel {
   *   override shutdownMs = 1_000;
   *   override join() {
   *     return ok();
   *   }
   *   override handleIn = this.handlers({
   *     forecast: async (_payload, { self: { signal } }) => {
   *       const response = await fetch("https://weather.example/today", { signal });
   *       return reply(await response.json());
   *     },
   *   });
   * }
   * ```
   *
   * @default {5000}
   */
  readonly shutdownMs: number = SHUTDOWN_MS;

  /**
   * On what level joins are logged. Nothing is printed unless `EndpointOptions.logLevel` is as low.
   *
   * @default {"info"}
   */
  readonly logJoin: LogSetting<ChannelJoinedEvent> = "info";

  /**
   * On what level the client's messages are logged. A function decides for each of them:
   *
   * ```ts
   * import { Channel, type ChannelHandledInEvent, ok } from "@urvogel/realtime";
   *
   * class GameChannel extends Channel {
   *   override logHandleIn = ({ event, result }: ChannelHandledInEvent) => {
   *     if (result === "failed") return "warn";
   *     return event === "cursor" ? false : "debug";
   *   };
   *   override join() {
   *     return ok();
   *   }
   * }
   * ```
   *
   * @default {"debug"}
   */
  readonly logHandleIn: LogSetting<ChannelHandledInEvent> = "debug";

  /** Runs right after the client has been told that it joined: the place to push a first state. */
  afterJoin(_socket: ChannelSocket<A>): MaybePromise<void> {}

  /**
   * Handles the broadcast of an event in {@linkcode intercepts}: push it, changed or not, or do not.
   *
   * @param event What happened.
   * @param payload More about it. Shared by all members: do not change it.
   * @param socket The connection.
   */
  handleOut(event: string, payload: unknown, socket: ChannelSocket<A>): MaybePromise<InfoResult<undefined>> {
    socket.push(event, payload as object);
    return noreply();
  }

  /**
   * Hears that the client has shown a new token, and `Socket.refresh` took it: what that assigned is in
   * `socket.assigns` already. Stop where the client may no longer be.
   */
  handleRefresh(_socket: ChannelSocket<A>): MaybePromise<InfoResult<undefined>> {
    return noreply();
  }

  /**
   * Handles messages to the channel's process: what was sent to `socket.self`, broadcasts of topics it subscribed to,
   * `Down` and `Exit`. By default warns and goes on.
   */
  handleInfo(message: unknown, socket: ChannelSocket<A>): MaybePromise<InfoResult<undefined>> {
    reportUnhandled(socket.self, `channel of ${quoted(socket.topic)}`, message, (message) => socket.redact(message));
    return noreply();
  }

  /**
   * Cleans up: when the client left (`{ shutdown: "left" }`), when the connection is gone (`{ shutdown: "peer_closed" }`
   * and others), when a handler stopped or threw. **Not** when the channel is ended by an exit signal that it does not
   * trap, such as that of a second join of the same topic by the same client, nor when it is ended by force because a
   * handler took longer than {@linkcode shutdownMs}.
   */
  terminate(_reason: ExitReason, _socket: ChannelSocket<A>): MaybePromise<void> {}

  /** Gives the handlers of an object literal their types. Returns it as it is. */
  protected handlers<H extends EventHandlers<A>>(handlers: H): H {
    return handlers;
  }
}

/** A class that {@linkcode Socket.channels} may name. */
export type ChannelClass<A extends object> = new () => Channel<A>;
