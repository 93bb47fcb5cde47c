/**
 * The types of a contract's messages in a client: as they are sent and as they come, since a client validates nothing.
 * With {@linkcode Untyped}, which is the default, everything that comes is `unknown`.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";
import type { EventName, SentJoinReply, SentParams, SentPayload, SentReply } from "../contract/messages.ts";
import type { Untyped } from "../contract/untyped.ts";
import type { LibraryParams } from "../protocol/library_params.ts";
import type { Arriving, Sendable } from "./json_types.ts";
import type { LibraryPayloads } from "./library_payloads.ts";
import type { ReplyOptions } from "./reply.ts";

/** The events that a client gets by contract `C`: those that it declares, and those of the library. */
export type ServerEvent<C extends Contract> = EventName<C, "out"> | keyof LibraryPayloads;

/** The payload of the server's event `K`, as a client gets it. */
export type WirePayload<C extends Contract, K extends ServerEvent<C>> = Untyped extends C ? unknown
  : K extends EventName<C, "out"> ? Arriving<SentPayload<C, "out", K>>
  : K extends keyof LibraryPayloads ? LibraryPayloads[K]
  : never;

/** The payload of the client's event `K`, as a client sends it. */
export type WirePush<C extends Contract, K extends EventName<C, "in">> = Untyped extends C ? object
  : Sendable<SentPayload<C, "in", K>>;

/** The response to the client's event `K`, as a client gets it. */
export type WireReply<C extends Contract, K extends EventName<C, "in">> = WireResponse<SentReply<C, "in", K>>;

/** The response to a join, as a client gets it. */
export type WireJoinReply<C extends Contract> = WireResponse<SentJoinReply<C>>;

/** What arrives where the server has replied with an `R`: an empty object where it has replied with nothing. */
export type WireResponse<R> =
  | Arriving<Exclude<R, undefined>>
  | (undefined extends R ? Record<never, never> : never);

/** The parameters of a join, as a client sends them: those of the contract, and those of the library. */
export type WireParams<C extends Contract> = Untyped extends C ? unknown : WithLibraryParams<Sendable<SentParams<C>>>;

/** Adds the parameters of the library to `P`, which may be anything. */
export type WithLibraryParams<P> = unknown extends P ? unknown : P & LibraryParams;

/** What follows the event of a call: its payload, which is `{}` by default if it may be empty, and options. */
export type CallArguments<C extends Contract, K extends EventName<C, "in">> = Record<never, never> extends
  WirePush<C, K> ? [payload?: WirePush<C, K>, options?: ReplyOptions]
  : [payload: WirePush<C, K>, options?: ReplyOptions];

/** What a handler of a request may return. Without a contract, or a reply in it, that is any JSON value. */
export type WireAnswer<C extends Contract, K extends EventName<C, "out">> =
  | AnswerValue<SentReply<C, "out", K>>
  | Promise<AnswerValue<SentReply<C, "out", K>>>;

/** What has to be sent where the server expects the answer `R`. */
export type AnswerValue<R> = [R] extends [undefined] ? unknown : Sendable<R>;
