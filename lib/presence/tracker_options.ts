/**
 * Options of a tracker, with Phoenix.Tracker's names and defaults.
 *
 * @module
 */

import { checkAtLeast } from "../base/check_number.ts";
import type { NodeTimeOptions } from "../pubsub/node_times.ts";
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
   * After how many periods without changes a node sends its clocks anyway, from which the others see whether they have
   * missed changes. Which nodes are up is another matter: `heartbeatMs` and `downMs` of the PubSub.
   *
   * @default {10}
   */
  readonly maxSilentPeriods?: number;
  /**
   * Whether stopping the PubSub makes the other nodes forget this node at once. Otherwise they wait for its `downMs`, so
   * that members do not briefly disappear while the node restarts. One tracker with `false` is enough: the node then
   * leaves without a word. A tracker that is stopped alone, while its node lives on, is always forgotten at once.
   *
   * @default {true}
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

const TASK = "create tracker";

/** Options of 0.1 that are now options of the PubSub, since all trackers of a node share its membership. */
const MOVED: Readonly<Record<string, keyof NodeTimeOptions>> = {
  downPeriodMs: "downMs",
  permdownPeriodMs: "permdownMs",
};

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If an option is invalid.
 * @throws {TypeError} If an option is now one of the PubSub.
 */
export function readReplicationOptions(options: ReplicationOptions): Replication {
  const {
    broadcastPeriodMs = 1500,
    maxSilentPeriods = 10,
    permdownOnShutdown = true,
    clockSamplePeriods = 2,
    maxDeltaSizes = [100, 1000, 10_000],
    poolSize = 1,
  } = options;
  for (const [old, name] of Object.entries(MOVED)) if (Object.hasOwn(options, old)) throw moved(old, name, options);
  checkAtLeast(TASK, "broadcastPeriodMs", broadcastPeriodMs, 1);
  checkAtLeast(TASK, "maxSilentPeriods", maxSilentPeriods, 1);
  checkAtLeast(TASK, "clockSamplePeriods", clockSamplePeriods, 1);
  for (const [index, size] of maxDeltaSizes.entries()) {
    checkAtLeast(TASK, "maxDeltaSizes", size, index === 0 ? 1 : maxDeltaSizes[index - 1]!);
  }
  checkAtLeast(TASK, "poolSize", poolSize, 1);
  return {
    broadcastPeriodMs,
    maxSilentPeriods,
    permdownOnShutdown,
    clockSamplePeriods,
    maxDeltaSizes,
    poolSize,
  };
}

function moved(old: string, name: string, options: object): TypeError {
  const found = String((options as Readonly<Record<string, unknown>>)[old]);
  return new TypeError(`Cannot ${TASK}: "${old}" is "${name}" of the PubSub now, received ${found}`);
}
