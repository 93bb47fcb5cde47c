/**
 * Replicas: the nodes that share a presence.
 *
 * @module
 */

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
