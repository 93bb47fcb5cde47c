/**
 * The types of a channel's callbacks: their parameters and results.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Contract } from "../contract/contract.ts";
import type { EventName, ReceivedPayload, SentPayload, SentReply } from "../contract/messages.ts";
import type { CallResult, InfoResult } from "../otp/server/behaviour.ts";
import type { From } from "../otp/server/call.ts";
import type { ErrorReply, NoReply, Ok, Refuse, Reply, ReplyAndStop, Stop } from "../otp/server/result.ts";
import type { CallsOf, ReplyOf, RequestOf, ServerInterface } from "../otp/server/server_ref.ts";
import type { JsonOrBytes, Payload } from "../protocol/payload.ts";
import type { ChannelSocket } from "./channel_socket.ts";
import type { IncomingPush } from "./incoming_push.ts";

/**
 * What `join` may return: `ok(response)` or `refuse(reason)`. Both carry any JSON value, or a `Uint8Array`. `R` is the
 * type of the response.
 *
 * @category Channels
 */
export type JoinResult<R = JsonOrBytes | undefined> = Ok<R> | Refuse<JsonOrBytes | undefined>;

/**
 * The result of `replyError`, with any response. It has no `value`, or TypeScript would infer the types of all replies
 * from it too, and make a `string` of the text that a contract declares.
 *
 * @category Channels
 */
export type AnyErrorReply = Omit<ErrorReply<JsonOrBytes | undefined>, "value">;

/**
 * What a handler of a client's event may return. Replies carry any JSON value, or a `Uint8Array`. `R` is the type of
 * those with status `"ok"`; with `replyStatus` it holds for all.
 *
 * @category Channels
 */
export type HandleInResult<R = JsonOrBytes | undefined> =
  | Reply<R, undefined>
  | AnyErrorReply
  | NoReply<undefined>
  | Stop<undefined>
  | ReplyAndStop<R, undefined>;

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
 * A handler for each event that clients send by contract `C`; without a contract, for any events.
 *
 * @category Contracts
 */
export type HandlersOf<A extends object, C extends Contract> = {
  readonly [K in EventName<C, "in">]: (
    payload: ReceivedPayload<C, "in", K>,
    socket: ChannelSocket<A, C>,
    push: IncomingPush,
  ) => MaybePromise<HandleInResult<SentReply<C, "in", K>>>;
};

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
 * Handlers for some of the events that the server sends by contract `C`; without a contract, for any events. Payloads
 * are as they were broadcast.
 *
 * @category Contracts
 */
export type OutgoingHandlersOf<A extends object, C extends Contract> = {
  readonly [K in EventName<C, "out">]?: (
    payload: SentPayload<C, "out", K>,
    socket: ChannelSocket<A, C>,
  ) => MaybePromise<InfoResult<undefined>>;
};

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
 * One handler for each call of `I`; see {@linkcode Channel.prototype.calls | Channel.calls}.
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
