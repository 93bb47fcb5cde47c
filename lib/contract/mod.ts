/**
 * Contracts: the messages that the client and the server of a channel may send each other, declared once with the
 * schemas of any library that implements [Standard Schema](https://standardschema.dev).
 *
 * A contract needs nothing of the server, so it may be part of a browser bundle. `channelOf`, of `@urvogel/realtime`,
 * makes a channel of it:
 *
 * ```ts
 * import { contract } from "@urvogel/realtime/contract";
 * import * as z from "zod";
 *
 * export const room = contract({
 *   in: { say: { payload: z.object({ text: z.string().max(2000) }), reply: z.object({ id: z.number() }) } },
 *   out: { said: { payload: z.object({ from: z.string(), text: z.string() }) } },
 * });
 * ```
 *
 * @module
 */

export {
  type Contract,
  contract,
  type IncomingDeclaration,
  type JoinDeclaration,
  type OutgoingDeclaration,
} from "./contract.ts";
export type { Issue } from "./issue.ts";
export type {
  Direction,
  EventName,
  EventsOf,
  ReceivedJoinReply,
  ReceivedParams,
  ReceivedPayload,
  ReceivedReply,
  SentJoinReply,
  SentParams,
  SentPayload,
  SentReply,
} from "./messages.ts";
export type { InputOf, OutputOf, Schema, SchemaIssue, SchemaProperties, SchemaResult } from "./schema.ts";
export type { Untyped } from "./untyped.ts";
export { type Invalid, type Valid, validate, type Validated } from "./validate.ts";
export type { MaybePromise } from "../base/maybe_promise.ts";
export type { JsonObject, JsonOrBytes, Payload, SentAsObject } from "../protocol/payload.ts";
