/**
 * Sockets, which decide which clients may connect and which topics they can join.
 *
 * @module
 */

import type { LogSetting } from "../base/log.ts";
import type { MaybePromise } from "../base/maybe_promise.ts";
import { type Ok, type Refuse, refuse } from "../otp/server/result.ts";
import { UNMATCHED_TOPIC } from "../protocol/error_reasons.ts";
import { DEFAULT_SERIALIZERS, type SerializerChoice } from "../protocol/serializer.ts";
import { REDACTED_KEYS } from "../base/redact.ts";
import type { RateLimit } from "../limits/token_bucket.ts";
import type { ConnectInfo } from "../transport/request/connect_info.ts";
import type { Params } from "../transport/request/params.ts";
import type { SocketConnectedEvent } from "../transport/telemetry.ts";
import type { ChannelClass } from "./channel.ts";

/**
 * What `connect` may return: `ok(assigns)` or `refuse(reason)`. `ok()` assigns nothing, so it is only allowed if all
 * assigns of the socket are optional.
 *
 * @category Channels
 */
export type ConnectResult<A extends object> = Ok<A> | (Record<never, never> extends A ? Ok<undefined> : never) | Refuse;

/**
 * Decides which clients may connect and which channels they can join. Extend it and mount the class in an `Endpoint`.
 * There is one instance per mount, not per connection: the data of a connection are its assigns, `A`.
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
 * Each limit is a field to override. One that is left undefined has its documented default, or a stricter one if
 * `EndpointOptions.limits` is `"strict"`.
 *
 * ## Tokens that expire
 *
 * A token is checked when its client connects. To close the connection when the token expires, return that time from
 * `expiresAtMs`, and let clients send a new token before with `refresh`:
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
 * With phoenix.js, a `params` function is called at each connect: after a connection expires, the client reconnects
 * with a new token and its channels join again. To avoid that, send the new token before:
 *
 * ```js ignore
 * import { refresh } from "@urvogel/realtime/client";
 *
 * const socket = new Socket("/socket", { params: () => ({ token }) });
 * token = await fetchToken(); // from time to time, well before it expires
 * await refresh(socket, { token });
 * ```
 *
 * Without that module: `socket.push({ topic: "phoenix", event: "refresh", payload: { token }, ref: socket.makeRef() })`.
 * The reply arrives as `phx_reply` on the topic `"phoenix"`; see `socket.onMessage`.
 *
 * @category Channels
 */
export abstract class Socket<A extends object = object> {
  /**
   * Channels by topic pattern: a topic, or the start of one followed by `*`. The first match wins; integer-like keys
   * are always tried first, since JavaScript orders keys like that.
   */
  abstract readonly channels: Readonly<Record<string, ChannelClass<A>>>;

  /** The message formats that this socket supports, by the `vsn` that clients request. */
  readonly serializers: readonly SerializerChoice[] = DEFAULT_SERIALIZERS;

  /**
   * How many connections may have the same {@linkcode Socket.prototype.id | id} at the same time, on this node and
   * mount. Any more are refused with status 429. Connections without an id are not counted.
   *
   * @default {Infinity}
   */
  readonly maxConnectionsPerId?: number;

  /**
   * How many topics one connection may have joined at the same time. Another join is refused with `{ reason: "too many
   * channels joined" }`.
   *
   * @default {100}
   */
  readonly maxChannelsPerTransport?: number;

  /**
   * How many messages may wait for one channel, or for one join. Any more get the error reply `{ reason: "too
   * many messages waiting" }`.
   *
   * @default {10000}
   */
  readonly maxQueuedMessages?: number;

  /**
   * How much memory all messages of one connection may take, in bytes, while they wait for its channels and joins or
   * are being handled. It is estimated from their frames, rather too high than too low: binary data counts its bytes,
   * and in a text each character counts 2, each comma 80, each array 64 and each object 360. Beyond that, messages and
   * joins get the error reply `{ reason: "too many messages waiting" }`. The last message may be larger than the space
   * that was left. While less than a 512th of this is in use, frames are not scanned.
   *
   * @default {16000000}
   */
  readonly maxQueuedBytes?: number;

  /**
   * The maximum length of a topic that a client joins, in bytes of UTF-8. A longer one is refused with `{ reason:
   * "topic too long" }`. Frames that carry bytes have room for topics of up to 255.
   *
   * @default {1024}
   */
  readonly maxTopicBytes?: number;

  /**
   * How deep arrays and objects may be nested in a client's message: levels of the JSON text, of which the message
   * itself takes one. A connection that exceeds this is closed with code 1007, as for any malformed frame. The text is
   * checked before it is parsed, since later code is not made for deep nesting.
   *
   * @default {100}
   */
  readonly maxNesting?: number;

  /**
   * How many messages one connection may send, including heartbeats and joins. Any more get the error reply `{
   * reason: "too many messages per second" }`. This is meant to stop floods: set it to what your clients need.
   *
   * @default {10,000 a second, 20,000 at once}
   */
  readonly messageRate?: RateLimit;

  /**
   * How many bytes one connection may send; a character of a text counts as one. They are counted before a frame is
   * decoded, so that an excess costs nothing. No reply is possible then, so the connection is closed (code 4429). A
   * single frame may be larger than the burst.
   *
   * @default {2,000,000 a second, 8,000,000 at once}
   */
  readonly byteRate?: RateLimit;

  /**
   * How often one connection may join. Any more joins are refused with `{ reason: "too many joins per second" }`.
   *
   * @default {1,000 a second, 2,000 at once}
   */
  readonly joinRate?: RateLimit;

  /**
   * How many messages of one connection may be refused for exceeding a limit. Beyond that the connection is closed
   * (code 4429).
   *
   * @default {1,000 a second, 10,000 at once}
   */
  readonly refusalRate?: RateLimit;

  /**
   * Words that mark keys of parameters and payloads as secret: all keys that contain one of them, in upper or lower
   * case. Their values are not logged; see {@linkcode JoiningSocket.prototype.redact | JoiningSocket.redact}. The
   * inspector hides them too, and the default ones.
   *
   * @default {["password", "token", "secret"]}
   */
  readonly redactedKeys: readonly string[] = REDACTED_KEYS;

  /**
   * Log level for connections. Printed only if `EndpointOptions.logLevel` is at or below it.
   *
   * @default {"info"}
   */
  readonly log: LogSetting<SocketConnectedEvent> = "info";

  /**
   * Decides whether a client may connect. If it throws, the response has status 500.
   *
   * @param params The parameters of the URL.
   * @param info What else is known about the client.
   * @returns `ok(assigns)` with a plain object, which is copied for the channels; `ok()` if there is nothing to assign;
   * or `refuse(reason)` for status 403, or the response of the mount's `errorHandler`.
   */
  abstract connect(params: Params, info: ConnectInfo): MaybePromise<ConnectResult<A>>;

  /**
   * Returns a name for the connection, usually that of its user. `endpoint.disconnect(id)` ends all connections with
   * this name.
   *
   * @param assigns What `connect` assigned.
   * @returns A name, or `null` for none.
   */
  id(_assigns: A): string | null {
    return null;
  }

  /**
   * Returns when the connection expires. At that moment the client gets `phx_error` for each channel with the reason
   * `"token expired"`, the channels end with `{ shutdown: "expired" }`, and the connection is closed with code 4401. A
   * client that has already expired when it connects is refused.
   *
   * @param assigns The assigns from `connect` or the last {@linkcode Socket.prototype.refresh | refresh}.
   * @returns Milliseconds since 1970, such as the `expiresAtMs` of a token; `Infinity` for never.
   */
  expiresAtMs(_assigns: A): number {
    return Infinity;
  }

  /**
   * Decides about a new token from a connected client, which sends it as `"refresh"` on the topic `"phoenix"`. At most
   * one per second, with a burst of ten. By default this message is not supported.
   *
   * @param payload What the client sent.
   * @param assigns The current assigns.
   * @returns `ok(assigns)`: the expiry time is updated, channels that join later get these assigns, and `handleRefresh`
   * is called on those that have joined. The assigns must have the same {@linkcode Socket.prototype.id | id}. Or
   * `refuse(reason)`: the client gets the reason as the response, and nothing changes.
   */
  refresh(_payload: unknown, _assigns: A): MaybePromise<Ok<A> | Ok<undefined> | Refuse> {
    return refuse({ reason: UNMATCHED_TOPIC });
  }
}
