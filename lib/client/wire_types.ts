/**
 * The types of a contract's messages in a client: as they are sent and as they come, since a client validates nothing.
 * With {@linkcode Untyped}, which is the default, everything that comes is `unknown`.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";
import type { Direction, EventName, EventsOf, SentParams, SentPayload } from "../contract/messages.ts";
import type { InputOf } from "../contract/schema.ts";
import type { Untyped } from "../contract/untyped.ts";
import type { ReplyOptions } from "./reply.ts";

/** The input of `reply` in a declaration of a contract; `unknown` if there is none. */
export type DeclaredReply<D> = D extends { readonly reply: infer S } ? InputOf<S> : unknown;

/** The response to event `K`, as its sender gets it. */
export type WireReply<C extends Contract, D extends Direction, K extends EventName<C, D>> = Untyped extends C ? unknown
  : DeclaredReply<EventsOf<C, D>[K]>;

/** The payload of the server's event `K`, as a client gets it. */
export type WirePayload<C extends Contract, K extends EventName<C, "out">> = Untyped extends C ? unknown
  : SentPayload<C, "out", K>;

/** The response to a join, as a client gets it. */
export type WireJoinReply<C extends Contract> = Untyped extends C ? unknown
  : C extends { readonly join: infer J } ? DeclaredReply<J>
  : unknown;

/** The parameters of a join, which are loaded before it. */
export type WireParams<C extends Contract> = Untyped extends C ? unknown : SentParams<C>;

/** What follows the event of a call: its payload, and options. Without a contract the payload is `{}` by default. */
export type CallArguments<C extends Contract, K extends EventName<C, "in">> = Untyped extends C
  ? [payload?: object, options?: ReplyOptions]
  : [payload: SentPayload<C, "in", K>, options?: ReplyOptions];

/** What a handler of a request may return. Without a contract, or a reply in it, that is any JSON value. */
export type WireAnswer<C extends Contract, K extends EventName<C, "out">> =
  | WireReply<C, "out", K>
  | Promise<WireReply<C, "out", K>>;
