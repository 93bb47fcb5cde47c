/**
 * A part of one replica's changes, as it is sent to other nodes. Deltas and state transfers of the CRDT are both
 * fragments.
 *
 * @module
 */

import type { ClockRange } from "./_clock_ranges.ts";
import type { ReplicaRef } from "../cluster/replica.ts";

/** An entry as it is sent. Its replica is that of the fragment. */
export type FragmentEntry<M> = readonly [clock: number, topic: string, key: string, meta: M];

/**
 * The complete information about some clocks of a replica: which entries that were added at these clocks still exist.
 * The other clocks belong to entries that have left, or to none. Plain JSON.
 */
export interface Fragment<M> {
  /** The replica that the clocks belong to. */
  readonly replica: ReplicaRef;
  /** The clocks that the fragment covers. */
  readonly ranges: readonly ClockRange[];
  /** The entries that exist. */
  readonly entries: readonly FragmentEntry<M>[];
  /** The clocks of entries that also exist, but that the receiver already has. */
  readonly known: readonly number[];
}
