/**
 * The types of a contract's messages. Each message has two: what its sender passes in is the input of its schema, and
 * what its receiver gets is the output, since schemas may transform values.
 *
 * | of contract `C` | type for the sender | type for the receiver |
 * | --- | --- | --- |
 * | parameters of a join | `SentParams<C>` | `ReceivedParams<C>` |
 * | response to a join | `SentJoinReply<C>` | `ReceivedJoinReply<C>` |
 * | payload of event `K` | `SentPayload<C, "in" \| "out", K>` | `ReceivedPayload<C, "in" \| "out", K>` |
 * | reply to event `K` | `SentReply<C, "in" \| "out", K>` | `ReceivedReply<C, "in" \| "out", K>` |
 *
 * @module
 */

import type { JsonOrBytes } from "../protocol/payload.ts";
import type { Contract } from "./contract.ts";
import type { InputOf, OutputOf } from "./schema.ts";

/**
 * The direction of an event: `"in"` from clients to the server, `"out"` from the server to clients.
 *
 * @category Contracts
 */
export type Direction = "in" | "out";

/**
 * The events of contract `C` in direction `D`, by name; none if it declares none.
 *
 * @category Contracts
 */
export type EventsOf<C extends Contract, D extends Direction> = C extends { readonly [K in D]: infer E } ? E
  : Record<never, never>;

/**
 * The names of the events of contract `C` in direction `D`.
 *
 * @category Contracts
 */
export type EventName<C extends Contract, D extends Direction> = keyof EventsOf<C, D> & string;

/**
 * What the sender of event `K` passes in as the payload.
 *
 * @category Contracts
 */
export type SentPayload<C extends Contract, D extends Direction, K extends EventName<C, D>> = EventsOf<C, D>[K] extends
  { readonly payload: infer S } ? InputOf<S> : never;

/**
 * What the receiver of event `K` gets as the payload.
 *
 * @category Contracts
 */
export type ReceivedPayload<C extends Contract, D extends Direction, K extends EventName<C, D>> =
  EventsOf<C, D>[K] extends { readonly payload: infer S } ? OutputOf<S> : never;

/**
 * What the receiver of event `K` answers. Nothing but an empty reply if none is declared.
 *
 * @category Contracts
 */
export type SentReply<C extends Contract, D extends Direction, K extends EventName<C, D>> = EventsOf<C, D>[K] extends
  { readonly reply: infer S } ? InputOf<S> : undefined;

/**
 * What the sender of event `K` gets as the answer.
 *
 * @category Contracts
 */
export type ReceivedReply<C extends Contract, D extends Direction, K extends EventName<C, D>> =
  EventsOf<C, D>[K] extends { readonly reply: infer S } ? OutputOf<S> : unknown;

/**
 * The parameters that a client passes to a join.
 *
 * @category Contracts
 */
export type SentParams<C extends Contract> = C extends { readonly join: { readonly params: infer S } } ? InputOf<S>
  : JsonOrBytes;

/**
 * The parameters that the server gets with a join.
 *
 * @category Contracts
 */
export type ReceivedParams<C extends Contract> = C extends { readonly join: { readonly params: infer S } } ? OutputOf<S>
  : JsonOrBytes;

/**
 * The response of the server to a join. Nothing but an empty one if none is declared.
 *
 * @category Contracts
 */
export type SentJoinReply<C extends Contract> = C extends { readonly join: { readonly reply: infer S } } ? InputOf<S>
  : undefined;

/**
 * The response to a join that the client gets.
 *
 * @category Contracts
 */
export type ReceivedJoinReply<C extends Contract> = C extends { readonly join: { readonly reply: infer S } }
  ? OutputOf<S>
  : unknown;
