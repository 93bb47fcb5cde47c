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
 * `false`, or a union with it, if a part of `T` is neither JSON nor bytes.
 *
 * @category Servers by key
 */
export type Crosses<T> = T extends CrossingLeaf ? true
  : T extends readonly (infer E)[] ? Crosses<E>
  : T extends JsonObject ? { [K in keyof T]-?: Crosses<T[K]> }[keyof T]
  : false;

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
export type ClusterScope<I> = false extends Crosses<MessagesOf<I>> ? JsonAndBytesOnly : "cluster";

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
  [K in keyof M & string]: false extends Crosses<RequestOf<M[K]> | ReplyOf<M[K]>>
    ? `${K}: its request and reply must be JSON and bytes`
    : K;
}[keyof M & string];
