/**
 * Options of a tracker, with Phoenix.Tracker's names and defaults.
 *
 * @module
 */

import type { PubSub } from "../pubsub/pubsub.ts";

/**
 * Options for the replication between nodes.
 *
 * @category Presence
 */
export interface ReplicationOptions {
  /**
   * How often changes are sent to the other nodes, in milliseconds.
   *
   * @default {1500}
   */
  readonly broadcastPeriodMs?: number;
  /**
   * After how many periods without changes a heartbeat is sent anyway.
   *
   * @default {10}
   */
  readonly maxSilentPeriods?: number;
  /**
   * How long a node may be silent before it is considered down, in milliseconds. Its presences are then hidden until it
   * is heard from again. At least twice `broadcastPeriodMs`.
   *
   * @default {twice the longest silence: 30000}
   */
  readonly downPeriodMs?: number;
  /**
   * How long a node may be silent before its presences are discarded, in milliseconds. At least `downPeriodMs`.
   *
   * @default {1200000}
   */
  readonly permdownPeriodMs?: number;
  /**
   * Whether `stop` makes the other nodes forget this one at once. Otherwise they wait for `downPeriodMs`, so that
   * members do not briefly disappear while the node restarts.
   *
   * @default {false}
   */
  readonly permdownOnShutdown?: boolean;
  /**
   * After how many periods a node requests missed changes.
   *
   * @default {2}
   */
  readonly clockSamplePeriods?: number;
  /**
   * The maximum number of entries in each of the deltas that are kept for nodes that missed changes: a short one, a
   * longer one and so on. Nodes that missed more get the whole state.
   *
   * @default {[100, 1000, 10000]}
   */
  readonly maxDeltaSizes?: readonly number[];
  /**
   * The number of processes among which the topics are divided. Must be the same on all nodes.
   *
   * @default {1}
   */
  readonly poolSize?: number;
}

/**
 * Options that every tracker and presence needs.
 *
 * @category Presence
 */
export interface TrackerBaseOptions extends ReplicationOptions {
  /** The PubSub, which connects it with the other nodes. */
  readonly pubsub: PubSub;
  /** The name, the same on all nodes and unique among the trackers of a node. */
  readonly name: string;
}

/** {@linkcode ReplicationOptions} with all defaults filled in. */
export type Replication = Required<ReplicationOptions>;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If an option is invalid.
 */
export function readReplicationOptions(options: ReplicationOptions): Replication {
  const {
    broadcastPeriodMs = 1500,
    maxSilentPeriods = 10,
    downPeriodMs = broadcastPeriodMs * maxSilentPeriods * 2,
    permdownPeriodMs = Math.max(1_200_000, downPeriodMs),
    permdownOnShutdown = false,
    clockSamplePeriods = 2,
    maxDeltaSizes = [100, 1000, 10_000],
    poolSize = 1,
  } = options;
  atLeast("broadcastPeriodMs", broadcastPeriodMs, 1);
  atLeast("maxSilentPeriods", maxSilentPeriods, 1);
  atLeast("downPeriodMs", downPeriodMs, 2 * broadcastPeriodMs);
  atLeast("permdownPeriodMs", permdownPeriodMs, downPeriodMs);
  atLeast("clockSamplePeriods", clockSamplePeriods, 1);
  for (const [index, size] of maxDeltaSizes.entries()) {
    atLeast("maxDeltaSizes", size, index === 0 ? 1 : maxDeltaSizes[index - 1]!);
  }
  atLeast("poolSize", poolSize, 1);
  return {
    broadcastPeriodMs,
    maxSilentPeriods,
    downPeriodMs,
    permdownPeriodMs,
    permdownOnShutdown,
    clockSamplePeriods,
    maxDeltaSizes,
    poolSize,
  };
}

function atLeast(name: string, value: number, minimum: number): void {
  if (value >= minimum) return;
  throw new RangeError(`Cannot create tracker: "${name}" must be >= ${minimum}, received ${value}`);
}
