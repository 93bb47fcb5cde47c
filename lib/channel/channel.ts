/**
 * Channels, which handle the messages of a client in one topic and the broadcasts to that topic.
 *
 * @module
 */

import type { LogSetting } from "../base/log.ts";
import { quoted } from "../base/printable.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Contract } from "../contract/contract.ts";
import type { ReceivedParams, SentJoinReply } from "../contract/messages.ts";
import type { Untyped } from "../contract/untyped.ts";
import type { HistoryOptions } from "../history/retention.ts";
import type { InfoResult } from "../otp/server/behaviour.ts";
import type { ExitReason } from "../otp/process/exit_reason.ts";
import { noreply } from "../otp/server/result.ts";
import type { ServerInterface } from "../otp/server/server_ref.ts";
import { reportUnhandled } from "../otp/process/unhandled_message.ts";
import { type RateLimit, UNLIMITED } from "../limits/token_bucket.ts";
import { NEVER_DROP, type SlowReaderPolicy } from "../transport/outbox.ts";
import type { ChannelSocket } from "./channel_socket.ts";
import type {
  CallsByName,
  ChannelCallHandlers,
  EventHandlers,
  HandlersOf,
  JoinResult,
  OutgoingHandlers,
  OutgoingHandlersOf,
} from "./handlers.ts";
import type { JoiningSocket } from "./joining_socket.ts";
import type { ChannelHandledInEvent, ChannelJoinedEvent } from "./telemetry.ts";

// Shared by all channels, which only hold a reference to it.
const NO_LIMITS: { readonly [event: string]: number } = {};

/** The default of {@linkcode Channel.prototype.shutdownMs | Channel.shutdownMs}, the same as in Phoenix. */
export const SHUTDOWN_MS = 5_000;

/** The default of {@linkcode Channel.prototype.maxPendingRequests | Channel.maxPendingRequests}. */
const MAX_PENDING_REQUESTS = 16;

// Shared by all channels: there is one channel per joined topic.
const NO_HANDLERS: Readonly<Record<string, never>> = Object.freeze({});

/**
 * The name of the internal method that gives a channel its socket. It is a symbol, so it cannot clash with users' own
 * methods.
 */
export const JOINED: unique symbol = Symbol("joined");

/**
 * Handles the messages of one client in one topic. Extend it and list the class in
 * {@linkcode Socket.prototype.channels | Socket.channels}. `A` is the type of the assigns that the socket's `connect`
 * returns.
 *
 * There is one instance for each topic that a client has joined, with its own process. It handles one message at a
 * time. If it throws, only this channel ends, and its client joins again.
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
 * A handler of {@linkcode Channel.prototype.handleIn | handleIn} returns
 *
 * - `reply(response)` or `replyError(response)`: the client's `receive("ok")` or `receive("error")`,
 * - `noreply()`: no reply, or one that is sent later with `push.socketRef()`,
 * - `stop(reason)` or `replyAndStop(response, reason)`: the channel ends. After `"normal"` the client does not join
 *   again; after an `Error` it does.
 *
 * **A throw** ends the channel, and so does an event without a handler: the client gets `phx_error` and joins again.
 * For mistakes that a client can make, return `replyError`.
 *
 * **State** of the channel belongs in its fields. `socket.assigns` is what the connection knows about its client: all
 * its channels share it, and it only changes when `Socket.refresh` accepts a new token.
 *
 * **Time:** a message that a channel sends to itself reaches {@linkcode Channel.prototype.handleInfo | handleInfo},
 * unless the channel has ended before. Every method except `join` can also access the connection as
 * {@linkcode Channel.prototype.socket | socket}, without a parameter:
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
 * **Not for** state that the members of a topic share, such as that of a game: a channel belongs to one client. Keep
 * shared state in a {@linkcode GenServer} that the channels call and that broadcasts the changes.
 *
 * @category Channels
 */
export abstract class Channel<A extends object = object, C extends Contract = Untyped> {
  #socket: ChannelSocket<A, C> | undefined; // once the client has joined

  /**
   * Decides whether the client may join.
   *
   * Frames of this topic wait until it is decided; other topics of the same client do not. If it throws, the join is
   * refused with `{ reason: "join crashed" }`.
   *
   * If the client leaves or disconnects first, the join is given up: its process ends, its result is ignored, and
   * {@linkcode Channel.prototype.terminate | terminate} does not run. If messages of the client wait for the join, they
   * are still handled, if it is decided within {@linkcode Channel.prototype.shutdownMs | shutdownMs}.
   * `socket.self.signal` is aborted in both cases.
   *
   * @param topic The topic that the client requested.
   * @param params The parameters of the join: any JSON value, or a `Uint8Array`.
   * @param socket The connection.
   * @returns `ok(response)` or `refuse(reason)`.
   */
  abstract join(
    topic: string,
    params: ReceivedParams<C>,
    socket: JoiningSocket<A>,
  ): MaybePromise<JoinResult<SentJoinReply<C>>>;

  /** The contract of the channel, if it is one of {@linkcode channelOf}. */
  get contract(): C | undefined {
    return undefined;
  }

  /**
   * The handlers for messages of the client, by event. `"*"` handles all other events; without it, an unknown event
   * ends the channel. Declare them with {@linkcode Channel.prototype.handlers | handlers}.
   */
  readonly handleIn: EventHandlers<A> = NO_HANDLERS;

  /**
   * The handlers for broadcasts to this topic, by event, which run before the client receives them. A handler may push
   * the payload, push a changed one, or push nothing. Events without a handler are sent straight to the client, which
   * is much cheaper: a broadcast that is handled here is encoded once per client instead of once in total. Declare them
   * with {@linkcode Channel.prototype.outgoing | outgoing}.
   */
  readonly handleOut: OutgoingHandlers<A> = NO_HANDLERS;

  /**
   * The handlers for calls to the channel's process, by name. Callers use the reference that
   * {@linkcode JoiningSocket.prototype.server | JoiningSocket.server} returns. Declare them with
   * {@linkcode Channel.prototype.calls | calls}.
   */
  readonly handleCall: CallsByName<A> = NO_HANDLERS;

  /**
   * How many messages one client may send to this channel. Any more get the error reply `{ reason: "too many
   * messages per second" }`, and count towards `Socket.refusalRate`.
   *
   * @default {UNLIMITED}
   */
  readonly messageRate: RateLimit = UNLIMITED;

  /**
   * The maximum payload size by event, in bytes (of the JSON text, for JSON). `"*"` is for events without a limit of
   * their own, `phx_join` for the parameters of a join. A larger one gets the error reply `{ reason: "payload too
   * large" }`.
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
   * What happens to this topic's broadcasts for a client that reads too slowly. By default they are buffered, until the
   * buffer is full and the connection is closed (code 4408, see `WebSocketOptions.maxBufferedBytes`). For broadcasts
   * that the next one replaces anyway, dropping is better:
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
   * Replies and pushes are never dropped, nor are the pushes of {@linkcode Channel.prototype.handleOut | handleOut}.
   *
   * @default {the policy "close"}
   */
  readonly slowReader: SlowReaderPolicy = NEVER_DROP;

  /**
   * Keeps the latest broadcasts of the topic, so that a client which was away gets what it has missed, in order and
   * once, or learns that it cannot be recovered. It counts for all topics of the route, on all nodes and for all
   * broadcasts but `localBroadcast`, also where nobody has joined.
   *
   * ```ts
   * import { Channel, ok } from "@urvogel/realtime";
   *
   * class RoomChannel extends Channel {
   *   override history = { maxMessages: 100, maxAgeMs: 300_000, exclude: ["typing"] };
   *   override join() {
   *     return ok();
   *   }
   * }
   * ```
   *
   * A client says in its join parameter `since` where it stands. The position of a message is the `ref` of its frame,
   * and the event `history_state` carries it after a join, and after a message of bytes. With any phoenix.js from 1.4
   * on:
   *
   * ```js ignore
   * let since;
   * const room = socket.channel("room:1", () => ({ since }));
   * room.onMessage = (event, payload, ref) => { if (ref?.includes(":")) since = ref; return payload; };
   * room.on("history_state", (state) => { since = state.position; if (state.recovered === false) reload(); });
   * ```
   *
   * **Whoever may join may read what is kept**, unless `join` returns `ok(response, { since: false })`. `README.md` of
   * `lib/history` has the details: the order of frames, {@linkcode Channel.prototype.handleOut | handleOut}, what
   * `broadcast` means.
   *
   * It is read once, when the socket is mounted: a channel of the class is created for that.
   *
   * @default {no history}
   */
  readonly history: HistoryOptions | undefined = undefined;

  /**
   * How long the channel may take to end, in milliseconds, once its client has left, disconnected or joined the topic
   * again, or once {@linkcode Channel.prototype.terminate | terminate} has begun. Until then waiting messages are
   * handled. A channel that takes longer is ended by force: its presence and subscriptions are removed, and the result
   * of its handler is ignored. `Infinity` means no limit.
   *
   * `socket.self.signal` is aborted as soon as the client leaves or disconnects, so it is aborted in `terminate` as
   * well. Pass it to whatever a handler waits for. If a handler throws the signal's reason, as `fetch` does, this is
   * not a crash: the channel continues with the next message.
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
   * How many requests of the server (`ChannelSocket.request`) may wait for an answer of this client. More fail with
   * `TooManyRequestsError`, or count as missing in `Endpoint.requestAll`. At least 0.
   *
   * @default {16}
   */
  readonly maxPendingRequests: number = MAX_PENDING_REQUESTS;

  /**
   * Log level for joins. Printed only if `EndpointOptions.logLevel` is at or below it.
   *
   * @default {"info"}
   */
  readonly logJoin: LogSetting<ChannelJoinedEvent> = "info";

  /**
   * Log level for the client's messages. A function decides for each message:
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

  /** Runs right after the reply to the join was sent. Push the initial state here. */
  afterJoin(_socket: ChannelSocket<A, C>): MaybePromise<void> {}

  /**
   * Called after `Socket.refresh` accepted a new token; `socket.assigns` contains what it returned. Return
   * `stop(reason)` if the client may no longer stay.
   */
  handleRefresh(_socket: ChannelSocket<A, C>): MaybePromise<InfoResult<undefined>> {
    return noreply();
  }

  /**
   * Handles messages to the channel's process: those sent to `socket.self`, broadcasts of topics it subscribed to,
   * `Down` and `Exit`. By default it logs a warning and continues.
   */
  handleInfo(message: unknown, socket: ChannelSocket<A, C>): MaybePromise<InfoResult<undefined>> {
    reportUnhandled(socket.self, `channel of ${quoted(socket.topic)}`, message, (message) => socket.redact(message));
    return noreply();
  }

  /**
   * Cleans up when the channel ends: because the client left (`{ shutdown: "left" }`), the connection was closed (`{
   * shutdown: "peer_closed" }` and others), or a handler stopped or threw. **Not** called when the channel is ended by
   * an exit signal that it does not trap, such as that of a second join of the same topic by the same client, nor when
   * it is ended by force because a handler took longer than {@linkcode Channel.prototype.shutdownMs | shutdownMs}.
   */
  terminate(_reason: ExitReason, _socket: ChannelSocket<A, C>): MaybePromise<void> {}

  /**
   * The connection. In a handler it is the parameter `socket`.
   *
   * @throws {TypeError} If the client has not joined yet. In `join`, use the parameter, which has another type.
   */
  protected get socket(): ChannelSocket<A, C> {
    if (this.#socket) return this.#socket;
    throw new TypeError(`Cannot use "this.socket": the client has not joined yet; join() gets it as a parameter`);
  }

  /**
   * Declares all handlers of {@linkcode Channel.prototype.handleIn | handleIn}, replacing those of a base class. It
   * infers the types of their parameters and results, and they run with `this` as their channel.
   *
   * Each channel creates its own handlers: 20 arrow functions take 1.3 KB for each topic that a client has joined.
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
  protected handlers(handlers: HandlersOf<A, C> & ThisType<this>): EventHandlers<A> {
    return handlers as unknown as EventHandlers<A>; // they get what the contract lets through
  }

  /**
   * Like {@linkcode Channel.prototype.handlers | handlers}, but keeps the handlers of the base class. If both have a
   * handler for an event, the one of the base class is replaced.
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
  protected extendHandlers(handlers: Partial<HandlersOf<A, C>> & ThisType<this>): EventHandlers<A> {
    return { ...this.handleIn, ...handlers as unknown as EventHandlers<A> };
  }

  /**
   * Declares all handlers of {@linkcode Channel.prototype.handleOut | handleOut}, replacing those of a base class. They
   * run with `this` as their channel.
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
   * @param handlers A handler for each event that should not be sent straight to the client.
   * @returns The handlers, as they are.
   */
  protected outgoing(handlers: OutgoingHandlersOf<A, C> & ThisType<this>): OutgoingHandlers<A> {
    return handlers as unknown as OutgoingHandlers<A>; // they get what was broadcast by the contract
  }

  /**
   * Like {@linkcode Channel.prototype.outgoing | outgoing}, but keeps the handlers of the base class, as
   * {@linkcode Channel.prototype.extendHandlers | extendHandlers} does.
   */
  protected extendOutgoing(handlers: OutgoingHandlersOf<A, C> & ThisType<this>): OutgoingHandlers<A> {
    return { ...this.handleOut, ...handlers as unknown as OutgoingHandlers<A> };
  }

  /**
   * Declares the handlers of {@linkcode Channel.prototype.handleCall | handleCall}: one for each call of `I`, which
   * must be given explicitly. They run with `this` as their channel.
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
   * Like {@linkcode Channel.prototype.calls | calls}, but keeps the handlers of the base class. `I` contains the calls
   * that are added or replaced.
   */
  protected extendCalls<I extends ServerInterface>(
    handlers: ChannelCallHandlers<A, I> & ThisType<this>,
  ): CallsByName<A> {
    return { ...this.handleCall, ...handlers as CallsByName<A> };
  }

  /**
   * Called by the library when the client has joined.
   *
   * @ignore
   */
  [JOINED](socket: ChannelSocket): void {
    this.#socket = socket as unknown as ChannelSocket<A, C>; // so that the compiler does not report this when it rejects a channel
  }
}

/**
 * A class that can be listed in {@linkcode Socket.prototype.channels | Socket.channels}: it extends {@linkcode Channel}
 * and needs no assigns other than `A`.
 *
 * @category Channels
 */
export type ChannelClass<A extends object> = new () => AnyChannel<A>;

/**
 * A channel with any contract, or none.
 *
 * @category Channels
 */
export interface AnyChannel<A extends object> extends Omit<Channel<A>, "join" | "contract"> {
  /** The contract, if there is one. */
  readonly contract: Contract | undefined;
  /** Decides whether the client may join; `params` are those that the contract lets through. */
  join(topic: string, params: never, socket: JoiningSocket<A>): MaybePromise<JoinResult>;
}
