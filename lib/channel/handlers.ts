/**
 * The types of a channel's callbacks: their parameters and results.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { CallResult, InfoResult } from "../otp/server/behaviour.ts";
import type { From } from "../otp/server/call.ts";
import type { NoReply, Ok, Refuse, Reply, ReplyAndStop, Stop } from "../otp/server/result.ts";
import type { CallsOf, ReplyOf, RequestOf, ServerInterface } from "../otp/server/server_ref.ts";
import type { JsonOrBytes, Payload } from "../protocol/payload.ts";
import type { ChannelSocket } from "./channel_socket.ts";
import type { IncomingPush } from "./incoming_push.ts";

/**
 * What `join` may return: `ok(response)` or `refuse(reason)`. Both carry any JSON value, or a `Uint8Array`.
 *
 * @category Channels
 */
export type JoinResult = Ok<JsonOrBytes | undefined> | Refuse<JsonOrBytes | undefined>;

/**
 * What a handler of a client's event may return. Replies carry any JSON value, or a `Uint8Array`.
 *
 * @category Channels
 */
export type HandleInResult =
  | Reply<JsonOrBytes | undefined, undefined>
  | NoReply<undefined>
  | Stop<undefined>
  | ReplyAndStop<JsonOrBytes | undefined, undefined>;

/**
 * Handles one event of the client. `P` is the type of the payload: JSON or bytes, until the handler has checked it.
 *
 * @category Channels
 */
export type EventHandler<A extends object, P = JsonOrBytes> = (
  payload: P,
  socket: ChannelSocket<A>,
  push: IncomingPush,
) => MaybePromise<HandleInResult>;

/**
 * Handlers by event. `"*"` handles all other events; without it, an unknown event ends the channel.
 *
 * @category Channels
 */
export type EventHandlers<A extends object> = { readonly [event: string]: EventHandler<A> };

/**
 * Handles the broadcast of one event before it reaches the client. The payload is shared by all members of the topic:
 * do not change it. Returns `noreply()`, or `stop(reason)`.
 *
 * @category Channels
 */
export type OutgoingHandler<A extends object> = (
  payload: Payload,
  socket: ChannelSocket<A>,
) => MaybePromise<InfoResult<undefined>>;

/**
 * Handlers by event. All other broadcasts are sent straight to the client.
 *
 * @category Channels
 */
export type OutgoingHandlers<A extends object> = { readonly [event: string]: OutgoingHandler<A> };

/**
 * Handles one call to the channel's process; see `GenServer`.
 *
 * @category Channels
 */
export type ChannelCallHandler<A extends object> = (
  request: never,
  socket: ChannelSocket<A>,
  from: From<unknown>,
) => MaybePromise<CallResult<unknown, undefined>>;

/**
 * Handlers by the name of the call, for any interface.
 *
 * @category Channels
 */
export type CallsByName<A extends object> = { readonly [name: string]: ChannelCallHandler<A> };

/**
 * One handler for each call of `I`; see {@linkcode Channel.calls}.
 *
 * @category Channels
 */
export type ChannelCallHandlers<A extends object, I extends ServerInterface> = {
  readonly [K in keyof CallsOf<I>]: (
    request: RequestOf<CallsOf<I>[K]>,
    socket: ChannelSocket<A>,
    from: From<ReplyOf<CallsOf<I>[K]>>,
  ) => MaybePromise<CallResult<ReplyOf<CallsOf<I>[K]>, undefined>>;
};
