/**
 * What is known of one replica.
 *
 * @module
 */

import { type ClockRange, ClockRanges } from "./_clock_ranges.ts";
import type { Source } from "./_cut_fragment.ts";
import type { Entry } from "./_entry.ts";
import type { ReplicaRef } from "../cluster/replica.ts";

/** The known state of a replica. If the replica is down, the state is kept but not visible. */
export interface Knowledge<M> {
  /** The replica. */
  readonly replica: ReplicaRef;
  /** Its known clocks. */
  readonly heardOf: ClockRanges;
  /** Its entries that exist, by the clock at which they joined. */
  readonly entries: Map<number, Entry<M>>;
  /** Whether they are visible. */
  status: "up" | "down";
}

/** Returns all that is known of a replica, for another node. */
export function wholeOf<M>({ replica, heardOf, entries }: Knowledge<M>): Source<M> {
  return { replica, ranges: heardOf.toArray(), entries: entries.values() };
}

/** Returns the entries that joined at clocks in `ranges`, using the cheaper of two searches. */
export function entriesWithin<M>(entries: ReadonlyMap<number, Entry<M>>, ranges: readonly ClockRange[]): Entry<M>[] {
  const span = ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  if (span > entries.size) {
    const within = new ClockRanges(ranges);
    return [...entries.values()].filter(({ clock }) => within.has(clock));
  }
  const found: Entry<M>[] = [];
  for (const [first, last] of ranges) {
    for (let clock = first; clock <= last; clock++) {
      const entry = entries.get(clock);
      if (entry) found.push(entry);
    }
  }
  return found;
}
