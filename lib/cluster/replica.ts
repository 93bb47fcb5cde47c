/**
 * Replicas: runs of nodes, and of what they share with each other.
 *
 * @module
 */

import { isNodeName } from "../pubsub/node_name.ts";

/**
 * One run of one node. A node that restarts is another replica, since it has lost its state.
 *
 * @category Telemetry and logs
 */
export interface ReplicaRef {
  /** The node's name, which is its address for messages. */
  readonly name: string;
  /** Distinguishes the runs of a node. Contains no spaces. */
  readonly vsn: string;
}

/** A replica as a map key. */
export type ReplicaId = string;

/** How far a replica is known: all its changes up to `clock`. */
export type ReplicaClock = readonly [name: string, vsn: string, clock: number];

/** Returns the id of a replica. */
export function replicaId({ name, vsn }: ReplicaRef): ReplicaId {
  return `${vsn} ${name}`;
}

/** The run of a node, and a number for what belongs to it: `nodeOf` takes it apart. */
const VSN = /^[A-Za-z0-9_-]{1,64}(\.[0-9]{1,15})?$/;

/** Returns whether `value`, which came from another node, is a replica. */
export function isReplica(value: unknown): value is ReplicaRef {
  if (typeof value !== "object" || value === null) return false;
  const { name, vsn } = value as Readonly<Record<string, unknown>>;
  return isNodeName(name) && typeof vsn === "string" && VSN.test(vsn);
}

/** Returns the replica for the `index`-th thing of a node that has replicas of its own, such as a tracker. */
export function partOf(node: ReplicaRef, index: number): ReplicaRef {
  return { name: node.name, vsn: `${node.vsn}.${index}` };
}

/** Returns the run of the node that a replica of {@linkcode partOf} belongs to. */
export function nodeOf({ name, vsn }: ReplicaRef): ReplicaRef {
  const end = vsn.indexOf(".");
  return { name, vsn: end < 0 ? vsn : vsn.slice(0, end) };
}

/** Returns the index that {@linkcode partOf} gave a replica; 0 if it is a run of a node. */
export function partIndex({ vsn }: ReplicaRef): number {
  const end = vsn.indexOf(".");
  return end < 0 ? 0 : Number(vsn.slice(end + 1));
}
