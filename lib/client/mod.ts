/**
 * Optional additions to phoenix.js for clients of an Urvogel server. They run in browsers, Deno and Node, with
 * phoenix.js 1.6 to 1.8 as it is.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { batched, live, typed } from "@urvogel/realtime/client";
 * import type { UserSocket } from "./server.ts";
 *
 * const socket = typed<UserSocket>(new Socket("/socket", { ...batched }));
 * socket.connect();
 *
 * const room = live(socket.channel("room:1"));
 * await room.join();
 * await room.call("say", { text: "hello" });
 * for await (const { from, text } of room.events("said")) console.log(from, text);
 * ```
 *
 * | to | use |
 * | --- | --- |
 * | await joins and replies, read events in a loop, answer requests of the server | {@linkcode live} |
 * | have the types of the server's contracts | {@linkcode typed}, or {@linkcode TypedSocket} without any code |
 * | load connection parameters, such as a token, before each connection | {@linkcode paramsFrom} |
 * | load the parameters of a join before each join | {@linkcode live} with `params` |
 * | get what was missed while away, and send pushes again | {@linkcode recover} |
 * | reconnect at a random time when a server shuts down | {@linkcode spreadReconnects}, or {@linkcode recover} |
 * | give the server a new token for the open connection | {@linkcode refresh} |
 * | receive several messages in one WebSocket message | {@linkcode batched} |
 *
 * @module
 */

export { batched, type BatchedOptions } from "./batched.ts";
export { ChannelClosedError, QueueFullError, ReplyError, ReplyTimeoutError } from "./errors.ts";
export type { EventStream, EventStreamOptions } from "./event_stream.ts";
export type {
  Arriving,
  Flat,
  FromJson,
  Json,
  KeptKey,
  LeftOut,
  NullFor,
  ObjectFromJson,
  OmittedKey,
  Sendable,
  ToJson,
  Uncarried,
} from "./json_types.ts";
export type { HistoryState, LibraryPayloads, PresenceEntry, PresenceState } from "./library_payloads.ts";
export {
  live,
  type LiveChannel,
  type LiveOptions,
  type MaybeTypedChannel,
  type RequestHandler,
} from "./live_channel.ts";
export { paramsFrom } from "./params_from.ts";
export type { PhoenixChannel, PhoenixPush, PhoenixSocket } from "./phoenix_client.ts";
export type { PhoenixMessage } from "./phoenix_message.ts";
export { recover, type RecoverOptions, type Recovery } from "./recover.ts";
export { refresh } from "./refresh.ts";
export type { ReplyOptions } from "./reply.ts";
export { spreadReconnects } from "./spread_reconnects.ts";
export {
  type ContractAt,
  type ContractFor,
  type ContractOf,
  type MatchingPattern,
  type NarrowestPattern,
  type ParamsArguments,
  type TopicPattern,
  type Topics,
  type TopicsOf,
  typed,
  type TypedSocket,
} from "./typed.ts";
export type { TypedChannel, TypedPush } from "./typed_channel.ts";
export type {
  AnswerValue,
  CallArguments,
  ServerEvent,
  WireAnswer,
  WireJoinReply,
  WireParams,
  WirePayload,
  WirePush,
  WireReply,
  WireResponse,
  WithLibraryParams,
} from "./wire_types.ts";
export type { LibraryParams } from "../protocol/library_params.ts";
