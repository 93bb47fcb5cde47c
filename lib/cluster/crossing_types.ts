/**
 * Types that check whether the requests and replies of a server can cross from node to node.
 *
 * @module
 */

import type { JsonObject } from "../protocol/payload.ts";
import type { CallsOf, CastsOf, ReplyOf, RequestOf } from "../otp/server/server_ref.ts";

/**
 * A type whose values can be sent to another node as they are; `void` is a call without a reply.
 *
 * @category Servers by key
 */
export type CrossingLeaf = null | undefined | void | boolean | number | string | Uint8Array;

/**
 * The type `T` itself, with `never` for each part that is neither JSON nor bytes. So `T` is assignable to it if its values
 * can be sent to another node. It may refer to itself, as the type of a tree does.
 *
 * @category Servers by key
 */
export type Crossing<T> = 0 extends 1 & T ? never // `any`
  : T extends CrossingLeaf ? T
  : T extends readonly (infer E)[] ? readonly Crossing<E>[]
  : T extends JsonObject ? { readonly [K in keyof T]: Crossing<T[K]> }
  : never;

/**
 * All requests and replies of the interface `I`.
 *
 * @category Servers by key
 */
export type MessagesOf<I> =
  | { [K in keyof CallsOf<I>]: RequestOf<CallsOf<I>[K]> | ReplyOf<CallsOf<I>[K]> }[keyof CallsOf<I>]
  | { [K in keyof CastsOf<I>]: RequestOf<CastsOf<I>[K]> }[keyof CastsOf<I>];

/**
 * The compile error for a server whose requests and replies cannot cross from node to node.
 *
 * @category Servers by key
 */
export type JsonAndBytesOnly =
  'requests and replies to other nodes must be JSON and bytes, or the scope must be "node"';

/**
 * The value `"cluster"`, if all requests and replies of the interface `I` are JSON and bytes; otherwise a message that
 * the compiler shows in its error.
 *
 * @category Servers by key
 */
export type ClusterScope<I> = [MessagesOf<I>] extends [Crossing<MessagesOf<I>>] ? "cluster" : JsonAndBytesOnly;

/**
 * The names of the calls and casts of the interface `I` that can cross from node to node. For one whose request or reply
 * is not JSON and bytes there is a message instead, which the compiler shows in its error.
 *
 * @category Cluster
 */
export type ExposableName<I> = CrossingName<CallsOf<I>> | CrossingName<CastsOf<I>>;

/**
 * See {@linkcode ExposableName}. `M` has methods: calls, or casts.
 *
 * @category Cluster
 */
export type CrossingName<M> = {
  [K in keyof M & string]: [RequestOf<M[K]> | ReplyOf<M[K]>] extends [Crossing<RequestOf<M[K]> | ReplyOf<M[K]>>] ? K
    : `${K}: its request and reply must be JSON and bytes`;
}[keyof M & string];
