/**
 * A part of one replica's changes, as it is sent to other nodes. Deltas and state transfers of the CRDT are both
 * fragments.
 *
 * @module
 */

import { jsonBytes } from "../protocol/json_bytes.ts";
import type { ClockRange } from "./_clock_ranges.ts";
import type { Entry } from "./_entry.ts";
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

/** How many bytes of JSON a message should have at most, for engines that limit them and for nodes that read slowly. */
export const MAX_MESSAGE_BYTES = 65_536;

/** Returns how many bytes an entry has in a fragment. */
export function bytesOfEntry<M>({ clock, topic, key, meta }: Entry<M>): number {
  return jsonBytes([clock, topic, key, meta]) + 1;
}

/** Returns how many bytes a clock has in a fragment. */
export function bytesOfClock(clock: number): number {
  return `${clock}`.length + 1;
}

/** Returns how many bytes a range has in a fragment. */
export function bytesOfRange([first, last]: ClockRange): number {
  return bytesOfClock(first) + bytesOfClock(last) + 2;
}
