/**
 * A piece of what one replica has done, as it travels: the delta and the state transfer of the CRDT are both this.
 *
 * @module
 */

import type { ClockRange } from "./_clock_ranges.ts";
import type { ReplicaRef } from "./replica.ts";

/** An entry on its way: its replica is that of the fragment. */
export type FragmentEntry<M> = readonly [clock: number, topic: string, key: string, meta: M];

/**
 * Says of some clocks of a replica all that there is to say: which entries that began then are still there. The others
 * have gone, or there never were any. Plain JSON.
 */
export interface Fragment<M> {
  /** Whose clocks. */
  readonly replica: ReplicaRef;
  /** Which clocks. */
  readonly ranges: readonly ClockRange[];
  /** Entries that are there. */
  readonly entries: readonly FragmentEntry<M>[];
  /** The clocks of entries that are there too, but that the receiver said it has. */
  readonly known: readonly number[];
}
