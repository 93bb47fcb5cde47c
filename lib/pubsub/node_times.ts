/**
 * The times by which nodes consider each other up, down or gone. `lib/cluster` uses them.
 *
 * @module
 */

import { checkAtLeast } from "../base/check_number.ts";

/**
 * Options of a PubSub for the nodes that it is connected with. They should be the same on all nodes.
 *
 * @category PubSub
 */
export interface NodeTimeOptions {
  /**
   * How often a node sends the others a heartbeat, in milliseconds.
   *
   * @default {5000}
   */
  readonly heartbeatMs?: number;
  /**
   * How long a node may be silent before it is considered down, in milliseconds. Its presences are then hidden until
   * another heartbeat arrives. At least twice `heartbeatMs`.
   *
   * @default {six times heartbeatMs: 30000}
   */
  readonly downMs?: number;
  /**
   * How long a node may be silent before it is considered gone for good, in milliseconds: its presences are discarded.
   * At least `downMs`.
   *
   * @default {1200000}
   */
  readonly permdownMs?: number;
  /**
   * How long a node that has lost its own bus waits before it considers the others silent, in milliseconds. Until then
   * members who left on other nodes are still shown. With 0 each outage longer than `downMs` hides the presences of all
   * other nodes, as in Phoenix.
   *
   * @default {60000}
   */
  readonly graceMs?: number;
  /**
   * How long a node that owns keys keeps them without a sign of life to the engine, in milliseconds: when it dies,
   * another one can take them after that time. A node that cannot reach the engine gives its keys up after two thirds
   * of it. An engine that is new, or has lost its memory, gives no key until that time has passed. At least 100.
   *
   * @default {10000}
   */
  readonly ownerTtlMs?: number;
}

/**
 * {@linkcode NodeTimeOptions} with all defaults filled in.
 *
 * @category PubSub
 */
export type NodeTimes = Required<NodeTimeOptions>;

const TASK = "create PubSub";

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a time is out of range.
 */
export function readNodeTimes(options: NodeTimeOptions): NodeTimes {
  const { heartbeatMs = 5000, downMs = heartbeatMs * 6, graceMs = 60_000, ownerTtlMs = 10_000 } = options;
  const { permdownMs = Math.max(1_200_000, downMs) } = options;
  checkAtLeast(TASK, "heartbeatMs", heartbeatMs, 1);
  checkAtLeast(TASK, "downMs", downMs, 2 * heartbeatMs);
  checkAtLeast(TASK, "permdownMs", permdownMs, downMs);
  checkAtLeast(TASK, "graceMs", graceMs, 0);
  checkAtLeast(TASK, "ownerTtlMs", ownerTtlMs, 100);
  return { heartbeatMs, downMs, permdownMs, graceMs, ownerTtlMs };
}
