/**
 * Options of a tracker, with Phoenix.Tracker's names and defaults.
 *
 * @module
 */

import type { PubSub } from "../pubsub/pubsub.ts";

/** How trackers keep each other informed. */
export interface ReplicationOptions {
  /**
   * How often news go out to the other nodes, in milliseconds.
   *
   * @default {1500}
   */
  readonly broadcastPeriodMs?: number;
  /**
   * After how many periods without news a heartbeat goes out all the same.
   *
   * @default {10}
   */
  readonly maxSilentPeriods?: number;
  /**
   * How long a node may be silent before it is down, in milliseconds: its presences are hidden until it is heard again.
   * At least twice `broadcastPeriodMs`.
   *
   * @default {twice the longest silence: 30000}
   */
  readonly downPeriodMs?: number;
  /**
   * How long a node may be silent before it is forgotten, in milliseconds. At least `downPeriodMs`.
   *
   * @default {1200000}
   */
  readonly permdownPeriodMs?: number;
  /**
   * Whether `stop` tells the other nodes to forget this one at once. Else they wait for `downPeriodMs`, and nobody who
   * is here flickers while the node restarts.
   *
   * @default {false}
   */
  readonly permdownOnShutdown?: boolean;
  /**
   * After how many periods a node asks for what it has missed.
   *
   * @default {2}
   */
  readonly clockSamplePeriods?: number;
  /**
   * How many entries are kept, at most, to answer those who missed something with the difference: a short one, a longer
   * one and so on. Beyond that they get everything.
   *
   * @default {[100, 1000, 10000]}
   */
  readonly maxDeltaSizes?: readonly number[];
  /**
   * Among how many processes the topics are divided. The same on all nodes.
   *
   * @default {1}
   */
  readonly poolSize?: number;
}

/** What every tracker and presence needs. */
export interface TrackerBaseOptions extends ReplicationOptions {
  /** Connects it with the other nodes. */
  readonly pubsub: PubSub;
  /** The same on all nodes, and another for each tracker of a node. */
  readonly name: string;
}

/** {@linkcode ReplicationOptions} with nothing left out. */
export type Replication = Required<ReplicationOptions>;

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If an option makes no sense.
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
