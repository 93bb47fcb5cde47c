/**
 * The messages by which nodes know each other, sent over PubSub to all nodes or to one.
 *
 * @module
 */

import type { NodeDetails } from "./node_details.ts";
import { isReplica, type ReplicaRef } from "./replica.ts";

/** Says that a node is up. */
export interface Heartbeat {
  /** The node. */
  readonly from: ReplicaRef;
  /** Whether the sender wants a heartbeat of the receiver now: it has just started, or its bus is back. */
  readonly asks: boolean;
  /** What the node says about itself. */
  readonly details: NodeDetails;
}

/** A message with its event. */
export type NodeMessage =
  | { readonly event: "heartbeat"; readonly payload: Heartbeat }
  /** The node has shut down: this run of it will not come back. */
  | { readonly event: "bye"; readonly payload: { readonly from: ReplicaRef } };

/** The most that a node may say about itself, as JSON. */
const MAX_DETAILS_LENGTH = 4096;

/**
 * Reads a message of another node.
 *
 * @returns The message, or `undefined` if it is malformed.
 */
export function readNodeMessage(event: string, payload: unknown): NodeMessage | undefined {
  if (!isObject(payload) || !isReplica(payload.from)) return undefined;
  const { from, asks, details } = payload;
  if (event === "bye") return { event, payload: { from } };
  if (event !== "heartbeat" || typeof asks !== "boolean" || !isDetails(details)) return undefined;
  return { event, payload: { from, asks, details } };
}

/** Returns whether `value` is what a node may say about itself: plain values, and not too many of them. */
export function isDetails(value: unknown): value is NodeDetails {
  if (!isObject(value) || Array.isArray(value)) return false;
  return Object.values(value).every(isPlain) && JSON.stringify(value).length <= MAX_DETAILS_LENGTH;
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
