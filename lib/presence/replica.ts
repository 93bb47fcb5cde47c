/**
 * Replicas: the nodes that share a presence.
 *
 * @module
 */

/** One run of one node. A node that starts again is another replica: what it knew is gone. */
export interface ReplicaRef {
  /** The node's name, under which messages reach it. */
  readonly name: string;
  /** Tells the runs of a node apart. Without spaces. */
  readonly vsn: string;
}

/** A replica as the key of a map. */
export type ReplicaId = string;

/** How far a replica is known: everything that it did up to its `clock`. */
export type ReplicaClock = readonly [name: string, vsn: string, clock: number];

/** The id of a replica. */
export function replicaId({ name, vsn }: ReplicaRef): ReplicaId {
  return `${vsn} ${name}`;
}
