/**
 * Splits fragments so that they fit into messages.
 *
 * @module
 */

import type { ClockRange } from "./_clock_ranges.ts";
import type { Fragment } from "./_fragment.ts";

/**
 * Splits a fragment into smaller ones. Each is complete for its own clocks, so they may arrive in any order, and some
 * may be lost.
 *
 * @param fragment The fragment to split.
 * @param maxEntries The maximum number of entries of a fragment. At least 1.
 * @returns Fragments that together are equivalent; `fragment` itself if it is not too large.
 */
export function splitFragment<M>(fragment: Fragment<M>, maxEntries: number): Fragment<M>[] {
  const { replica, ranges, known } = fragment;
  if (fragment.entries.length <= maxEntries) return [fragment];
  const entries = fragment.entries.toSorted(([a], [b]) => a - b);
  const fragments: Fragment<M>[] = [];
  let after = 0;
  for (let start = 0; start < entries.length; start += maxEntries) {
    const part = entries.slice(start, start + maxEntries);
    const isLast = start + maxEntries >= entries.length;
    const upTo = isLast ? Infinity : part.at(-1)![0];
    fragments.push({
      replica,
      ranges: within(ranges, after, upTo),
      entries: part,
      known: known.filter((clock) => clock > after && clock <= upTo),
    });
    after = upTo;
  }
  return fragments;
}

/** Returns the clocks in `ranges` after `after`, up to `upTo`. */
function within(ranges: readonly ClockRange[], after: number, upTo: number): ClockRange[] {
  return ranges
    .map(([first, last]): ClockRange => [Math.max(first, after + 1), Math.min(last, upTo)])
    .filter(([first, last]) => first <= last);
}
