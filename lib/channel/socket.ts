/**
 * Sockets: who may connect, and which topics there are.
 *
 * @module
 */

import type { LogSetting } from "../base/log.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { type Ok, type Refuse, refuse } from "../otp/server/result.ts";
import { UNMATCHED_TOPIC } from "../protocol/error_reasons.ts";
import { DEFAULT_SERIALIZERS, type SerializerChoice } from "../protocol/serializer.ts";
import { REDACTED_KEYS } from "../security/redact.ts";
import type { RateLimit } from "../limits/token_bucket.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Params } from "../transport/request/params.ts";
import type { SocketConnectedEvent } from "../transport/telemetry.ts";
import type { ChannelClass } from "./channel.ts";

/**
 * What `connect` may return: `ok(assigns)` or `refuse(reason)`. `ok()` assigns nothing, so it is only for sockets whose
 * assigns may all be missing.
 */
export type ConnectResult<A extends object> = Ok<A> | (Record<never, never> extends A ? Ok<undefined> : never) | Refuse;

/**
 * Extend it, and mount the class in an `Endpoint`. There is one instance for a mount, not one for a connection: what
 * belongs to a connection are its assigns, `A`.
 *
 * ```ts
 * import { Channel, ok, type Params, refuse, Socket } from "@urvogel/realtime";
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join() {
 *     return ok();
 *   }
 * }
 *
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect(params: Params) {
 *     return typeof params.user === "string" ? ok({ user: params.user }) : refuse();
 *   }
 *   override id(assigns: { user: string }) {
 *     return `user:${assigns.user}`;
 *   }
 * }
 * ```
 *
 * ## Limits
 *
 * Each limit is a field to override. One that is left undefined has the value that stands beside it, or that of
 * `EndpointOptions.limits`, where that is `"strict"`.
 *
 * ## Tokens that expire
 *
 * A token is checked when its client connects. For a connection to end with it, say when that is, and let clients show
 * a new one before:
 *
 * ```ts
 * import { ok, type Params, refuse, Socket, Token } from "@urvogel/realtime";
 *
 * const SECRET = "a long and random text from the environment"; // at least 20 bytes
 *
 * interface User {
 *   readonly userId: number;
 *   readonly expiresAtMs: number;
 * }
 *
 * // What pages fetch, first and whenever they need a new one.
 * const createToken = (userId: number) => Token.sign(SECRET, "user socket", userId, { maxAgeMs: 600_000 });
 *
 * async function readToken(token: unknown) {
 *   const result = await Token.verify(SECRET, "user socket", token);
 *   if (!result.ok) return refuse({ reason: result.reason });
 *   return ok({ userId: result.data as number, expiresAtMs: result.expiresAtMs });
 * }
 *
 * class UserSocket extends Socket<User> {
 *   override channels = {};
 *   override connect(params: Params) {
 *     return readToken(params.token);
 *   }
 *   override id({ userId }: User) {
 *     return `user:${userId}`;
 *   }
 *   override expiresAtMs({ expiresAtMs }: User) {
 *     return expiresAtMs;
 *   }
 *   override refresh(payload: unknown) {
 *     return readToken((payload as { token?: unknown } | null)?.token);
 *   }
 * }
 * ```
 *
 * With phoenix.js, `params` as a function are asked for at each connect: a connection that expires is followed by one
 * with a new token, whose channels join again. To spare them that, show the new token before:
 *
 * ```js ignore
 * const socket = new Socket("/socket", { params: () => ({ token }) });
 * token = await fetchToken(); // from time to time
 * socket.push({ topic: "phoenix", event: "refresh", payload: { token }, ref: socket.makeRef() });
 * ```
 *
 * The answer comes as `phx_reply` on the topic `"phoenix"`; see `socket.onMessage`.
 */
export abstract class Socket<A extends object = object> {
  /**
   * Channels by topic pattern: a topic, or the start of one followed by `*`. The first that matches counts. Numbers as
   * patterns come first, whatever their place: JavaScript orders keys like that.
   */
  abstract readonly channels: Readonly<Record<string, ChannelClass<A>>>;

  /** The formats that this socket speaks, by the `vsn` that clients ask for. */
  readonly serializers: readonly SerializerChoice[] = DEFAULT_SERIALIZERS;

  /**
   * How many connections may have the same {@linkcode id} at the same time, on this node and mount. More are refused with
   * status 429. Connections without an id are not counted.
   *
   * @default {Infinity}
   */
  readonly maxConnectionsPerId?: number;

  /**
   * How many topics one connection may have joined at the same time. Another join is turned away with
   * `{ reason: "too many channels joined" }`.
   *
   * @default {100}
   */
  readonly maxChannelsPerTransport?: number;

  /**
   * How many messages may wait for one channel, or for one join. What comes on top is answered with the error
   * `{ reason: "too many messages waiting" }`.
   *
   * @default {10000}
   */
  readonly maxQueuedMessages?: number;

  /**
   * How much memory the messages of one connection may take, in bytes, while they wait for its channels and joins or are
   * being handled, all together. It is estimated from the frames that they came in, rather too high than too low: bytes
   * count as they are, and of a text each character counts 2, each comma 80, each array 64 and each object 360. When so
   * much waits, what comes on top is answered with the error `{ reason: "too many messages waiting" }`, joins too. The
   * last message may be larger than what was left. As long as less than a 512th waits, frames are not looked through.
   *
   * @default {16000000}
   */
  readonly maxQueuedBytes?: number;

  /**
   * How long a topic may be, in bytes of UTF-8, for a client to join it. A longer one is turned away with
   * `{ reason: "topic too long" }`. Frames that carry bytes have room for topics of up to 255.
   *
   * @default {1024}
   */
  readonly maxTopicBytes?: number;

  /**
   * How deep arrays and objects may be nested in what a client sends: levels of the JSON text, of which the message itself
   * takes one. A connection that sends more is closed with code 1007, as for any frame that is no message. The text is
   * checked before it is parsed: what comes after that is not made for great depth.
   *
   * @default {100}
   */
  readonly maxNesting?: number;

  /**
   * How many messages one connection may send, heartbeats and joins included. More are answered with the error
   * `{ reason: "too many messages per second" }`. This is meant to stop floods: set it to what your clients need.
   *
   * @default {10,000 a second, 20,000 at once}
   */
  readonly messageRate?: RateLimit;

  /**
   * How many bytes one connection may send, whatever is in them, a character of a text counted as one. Counted before a
   * frame is read, so that what is too much costs nothing: no answer is possible then, and the connection is closed (code
   * 4429). A single frame may be larger than the burst.
   *
   * @default {2,000,000 a second, 8,000,000 at once}
   */
  readonly byteRate?: RateLimit;

  /**
   * How often one connection may join. More joins are turned away with `{ reason: "too many joins per second" }`.
   *
   * @default {1,000 a second, 2,000 at once}
   */
  readonly joinRate?: RateLimit;

  /**
   * How many messages of one connection may be refused for being over a limit. A client that goes on is closed (code
   * 4429).
   *
   * @default {1,000 a second, 10,000 at once}
   */
  readonly refusalRate?: RateLimit;

  /**
   * Which keys of parameters and payloads are secret: those that contain one of these, in upper or lower case. Their
   * values do not get into logs; see {@linkcode JoiningSocket.redact}.
   *
   * @default {["password", "token", "secret"]}
   */
  readonly redactedKeys: readonly string[] = REDACTED_KEYS;

  /**
   * On what level connections are logged. Nothing is printed unless `EndpointOptions.logLevel` is as low.
   *
   * @default {"info"}
   */
  readonly log: LogSetting<SocketConnectedEvent> = "info";

  /**
   * Decides whether a client may connect. A throw is answered with status 500.
   *
   * @param params The parameters of the URL.
   * @param info What else is known of the client.
   * @returns `ok(assigns)`, with a plain object, of which each channel gets a copy; `ok()` where nothing has to be
   * assigned; or `refuse(reason)` for status 403, or
   * whatever the mount's `errorHandler` makes of it.
   */
  abstract connect(params: Params, info: ConnectInfo): MaybePromise<ConnectResult<A>>;

  /**
   * Names the connection, usually after its user. `endpoint.disconnect(id)` ends all connections with this name.
   *
   * @param assigns What `connect` assigned.
   * @returns A name, or `null` for none.
   */
  id(_assigns: A): string | null {
    return null;
  }

  /**
   * Says when the connection expires: at that moment each channel fails for its client with the reason
   * `"token expired"`, ends with `{ shutdown: "expired" }`, and the connection is closed with code 4401. A client whose
   * time is over when it connects is refused.
   *
   * @param assigns What `connect`, or the last {@linkcode refresh}, assigned.
   * @returns Milliseconds since 1970, such as the `expiresAtMs` of a token; `Infinity` for never.
   */
  expiresAtMs(_assigns: A): number {
    return Infinity;
  }

  /**
   * Takes a new token from a client that is connected: what it sent as `"refresh"` on the topic `"phoenix"`. Once a
   * second at most, with some to spare. By default there is no such message.
   *
   * @param payload What the client sent.
   * @param assigns What is assigned now.
   * @returns `ok(assigns)`: the connection expires anew, channels that join later get these assigns, those that have
   * joined hear of them in `handleRefresh`. They must have the same {@linkcode id}. Or `refuse(reason)`, which the client
   * gets as the response; nothing changes.
   */
  refresh(_payload: unknown, _assigns: A): MaybePromise<Ok<A> | Ok<undefined> | Refuse> {
    return refuse({ reason: UNMATCHED_TOPIC });
  }
}
