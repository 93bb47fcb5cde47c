/**
 * Fragments that fit into messages.
 *
 * @module
 */

import type { ClockRange } from "./_clock_ranges.ts";
import type { Fragment } from "./_fragment.ts";

/**
 * Splits a fragment into some with fewer entries, each of which says all that there is to say of its own clocks: so they
 * may arrive in any order, and some of them not at all.
 *
 * @param fragment What is too large.
 * @param maxEntries How many entries a fragment may have. At least 1.
 * @returns Fragments that are together the same; `fragment` itself if it is not too large.
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

/** The clocks in `ranges` after `after`, up to `upTo`. */
function within(ranges: readonly ClockRange[], after: number, upTo: number): ClockRange[] {
  return ranges
    .map(([first, last]): ClockRange => [Math.max(first, after + 1), Math.min(last, upTo)])
    .filter(([first, last]) => first <= last);
}
