/**
 * Channels: what the server does with what a client sends to a topic, and with what is broadcast there.
 *
 * @module
 */

import type { LogSetting } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { InfoResult } from "../otp/server/behaviour.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import { noreply } from "../otp/server/result.ts";
import type { ServerInterface } from "../otp/server/server_ref.ts";
import { reportUnhandled } from "../otp/process/unhandled_message.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import { type RateLimit, UNLIMITED } from "../limits/token_bucket.ts";
import { NEVER_DROP, type SlowReaderPolicy } from "../transport/outbox.ts";
import type { ChannelSocket } from "./channel_socket.ts";
import type { CallsByName, ChannelCallHandlers, EventHandlers, JoinResult, OutgoingHandlers } from "./handlers.ts";
import type { JoiningSocket } from "./joining_socket.ts";
import type { ChannelHandledInEvent, ChannelJoinedEvent } from "./telemetry.ts";

// One for all channels: a field of each is a pointer to it.
const NO_LIMITS: { readonly [event: string]: number } = {};

/** How long a channel may take to end, unless it says otherwise: as long as in Phoenix. */
export const SHUTDOWN_MS = 5_000;

// One for all channels: there are as many as joined topics.
const NO_HANDLERS: Readonly<Record<string, never>> = Object.freeze({});

/**
 * What the library calls a channel's method by that gives it its socket. Users cannot name it, and it is no word that
 * their own methods could have.
 */
export const JOINED: unique symbol = Symbol("joined");

/**
 * Extend it, and name the class in {@linkcode Socket.channels}. `A` is what the socket's `connect` assigns.
 *
 * There is one instance for each topic that a client has joined, with a process of its own. It handles one message at a
 * time. When it throws, only it ends, and its client joins again.
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
 * - `noreply()`: no reply, or one that is sent later by `push.socketRef()`,
 * - `stop(reason)` or `replyAndStop(response, reason)`: the channel ends. After `"normal"` the client does not join
 *   again; after an `Error` it does.
 *
 * **A throw** ends the channel, and so does an event without a handler: the client gets `phx_error` and joins again.
 * For what a client may do wrong, return `replyError`.
 *
 * **State** of the channel belongs in its fields. `socket.assigns` is what the connection knows of its client: all its
 * channels share it, and it only changes when `Socket.refresh` accepts a new token.
 *
 * **Time:** a message that a channel sends to itself reaches {@linkcode handleInfo}, unless the channel has ended before.
 * Every method but `join` also finds the connection as {@linkcode socket}, without a parameter:
 *
 * ```ts
 * import { Channel, noreply, ok, sendAfter } from "@urvogel/realtime";
 *
 * class GameChannel extends Channel {
 *   #round = 0;
 *   override join() {
 *     return ok();
 *   }
 *   override afterJoin() {
 *     sendAfter(this.socket.self, "tick", 50);
 *   }
 *   override handleInfo(message: unknown) {
 *     if (message === "tick") {
 *       this.socket.push("round", { round: ++this.#round });
 *       sendAfter(this.socket.self, "tick", 50);
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
  #socket: ChannelSocket<A> | undefined; // once the client has joined

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
  abstract join(topic: string, params: JsonOrBytes, socket: JoiningSocket<A>): MaybePromise<JoinResult>;

  /**
   * Handles what the client sends, by event. `"*"` gets what no other handler takes; without it, an unknown event ends
   * the channel. Write it with {@linkcode handlers}.
   */
  readonly handleIn: EventHandlers<A> = NO_HANDLERS;

  /**
   * Handles broadcasts to this topic before they reach the client, by event. A handler pushes the payload, changed or
   * not, or does not. Events without a handler go straight to the client, which costs far less: a broadcast that is
   * handled here is encoded for each client, not once. Write it with {@linkcode outgoing}.
   */
  readonly handleOut: OutgoingHandlers<A> = NO_HANDLERS;

  /**
   * Handles calls to the channel's process, by name. Callers hold it as {@linkcode JoiningSocket.server}. Write it with
   * {@linkcode calls}.
   */
  readonly handleCall: CallsByName<A> = NO_HANDLERS;

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
   * Replies and pushes are never dropped, nor are the pushes of {@linkcode handleOut}.
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
   * Called after `Socket.refresh` accepted a new token; `socket.assigns` is what that returned. Return `stop(reason)` if
   * the client may no longer stay.
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

  /**
   * The connection. In a handler it is the parameter `socket`.
   *
   * @throws {TypeError} If the client has not joined yet: `join` has it as a parameter, of another type.
   */
  protected get socket(): ChannelSocket<A> {
    if (this.#socket) return this.#socket;
    throw new TypeError(`Cannot use "this.socket": the client has not joined yet; join() gets it as a parameter`);
  }

  /**
   * Declares the handlers of {@linkcode handleIn}, all of them: what a base class declared is replaced. Their parameters
   * and results get their types from here, and they run with `this` as their channel.
   *
   * Each channel makes its handlers anew: 20 arrow functions take 1.3 KB for each topic that a client has joined.
   * Methods are shared by all channels of a class, so 20 entries like `say: this.say` take 0.2 KB.
   *
   * ```ts
   * import { Channel, type ChannelSocket, type JsonOrBytes, noreply, ok, reply } from "@urvogel/realtime";
   *
   * class RoomChannel extends Channel<{ user: string }> {
   *   #messages = 0;
   *   override join() {
   *     return ok();
   *   }
   *   override handleIn = this.handlers({
   *     say: this.say,
   *     typing: (_payload, socket) => {
   *       socket.broadcastFrom("typing", { user: socket.assigns.user });
   *       return noreply();
   *     },
   *   });
   *   say(payload: JsonOrBytes, socket: ChannelSocket<{ user: string }>) {
   *     socket.broadcast("said", { from: socket.assigns.user, payload });
   *     return reply({ messages: ++this.#messages });
   *   }
   * }
   * ```
   *
   * @param handlers A handler for each event.
   * @returns The handlers, as they are.
   */
  protected handlers(handlers: EventHandlers<A> & ThisType<this>): EventHandlers<A> {
    return handlers;
  }

  /**
   * As {@linkcode handlers}, in addition to the handlers of the base class. Where both have one for an event, the base
   * class's is replaced.
   *
   * ```ts
   * import { Channel, ok, reply, replyError } from "@urvogel/realtime";
   *
   * class RoomChannel extends Channel<{ isAdmin: boolean }> {
   *   override join() {
   *     return ok();
   *   }
   *   override handleIn = this.handlers({ ping: () => reply("pong") });
   * }
   *
   * class ModeratedChannel extends RoomChannel {
   *   override handleIn = this.extendHandlers({
   *     clear: (_payload, socket) => {
   *       if (!socket.assigns.isAdmin) return replyError({ reason: "unauthorized" });
   *       socket.broadcast("cleared", {});
   *       return reply();
   *     },
   *   });
   * }
   * ```
   */
  protected extendHandlers(handlers: EventHandlers<A> & ThisType<this>): EventHandlers<A> {
    return { ...this.handleIn, ...handlers };
  }

  /**
   * Declares the handlers of {@linkcode handleOut}, all of them. They run with `this` as their channel.
   *
   * ```ts
   * import { Channel, noreply, ok } from "@urvogel/realtime";
   *
   * class RoomChannel extends Channel<{ user: string }> {
   *   #muted = new Set<string>();
   *   override join() {
   *     return ok();
   *   }
   *   override handleOut = this.outgoing({
   *     said: (payload, socket) => {
   *       const { from } = payload as { from: string };
   *       if (!this.#muted.has(from)) socket.push("said", payload);
   *       return noreply();
   *     },
   *   });
   * }
   * ```
   *
   * @param handlers A handler for each event that is not to go straight to the client.
   * @returns The handlers, as they are.
   */
  protected outgoing(handlers: OutgoingHandlers<A> & ThisType<this>): OutgoingHandlers<A> {
    return handlers;
  }

  /** As {@linkcode outgoing}, in addition to the handlers of the base class, as {@linkcode extendHandlers} does it. */
  protected extendOutgoing(handlers: OutgoingHandlers<A> & ThisType<this>): OutgoingHandlers<A> {
    return { ...this.handleOut, ...handlers };
  }

  /**
   * Declares the handlers of {@linkcode handleCall}: one for each call of `I`, which has to be named. They run with
   * `this` as their channel.
   *
   * ```ts
   * import { Channel, ok, reply } from "@urvogel/realtime";
   *
   * interface Member {
   *   calls: { name(): string };
   * }
   *
   * class RoomChannel extends Channel<{ user: string }> {
   *   override join() {
   *     return ok();
   *   }
   *   override handleCall = this.calls<Member>({
   *     name: (_request, socket) => reply(socket.assigns.user),
   *   });
   * }
   * ```
   *
   * @param handlers A handler for each call.
   * @returns The handlers, as they are.
   */
  protected calls<I extends ServerInterface>(handlers: ChannelCallHandlers<A, I> & ThisType<this>): CallsByName<A> {
    return handlers;
  }

  /**
   * As {@linkcode calls}, in addition to the handlers of the base class. `I` has the calls that are added or replaced.
   */
  protected extendCalls<I extends ServerInterface>(
    handlers: ChannelCallHandlers<A, I> & ThisType<this>,
  ): CallsByName<A> {
    return { ...this.handleCall, ...handlers as CallsByName<A> };
  }

  /**
   * For the library: the client has joined.
   *
   * @ignore
   */
  [JOINED](socket: ChannelSocket): void {
    this.#socket = socket as ChannelSocket<A>; // so that not this is what the compiler finds wrong with a channel
  }
}

/** A class that {@linkcode Socket.channels} may name: it extends {@linkcode Channel}, and needs no assigns but `A`. */
export type ChannelClass<A extends object> = new () => Pick<Channel<A>, keyof Channel<A>>;
