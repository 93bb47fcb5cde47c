/**
 * Pieces of a transfer: what one node knows of a replica, for a node that knows less.
 *
 * A transfer may be long, so it is sent in pieces, in the order of the clocks. A piece alone is not enough: the leave of
 * an entry is known by the piece that covers the clock at which it *joined*. So a node must merge the pieces in order.
 * It asks for the next one when it has merged one, and ignores all others.
 *
 * @module
 */

import type { ClockRange } from "./_clock_ranges.ts";
import type { Entry } from "./_entry.ts";
import { bytesOfClock, bytesOfEntry, bytesOfRange, type Fragment, type FragmentEntry } from "./_fragment.ts";
import type { ReplicaRef } from "../cluster/replica.ts";

/** What is left of a transfer: the clocks after the first, up to the last. The latter stays the same until the end. */
export type TransferRest = readonly [after: number, upTo: number];

/** What a node asks another for. */
export interface TransferNeed {
  /** Whose changes. */
  readonly replica: ReplicaRef;
  /** How far it knows them without a gap. */
  readonly clock: number;
  /** What is left, if it has received a piece already. */
  readonly rest: TransferRest | null;
  /** How many bytes of JSON a piece may have. */
  readonly maxBytes: number;
}

/** One piece of a transfer. */
export interface Piece<M> {
  /** The changes. */
  readonly fragment: Fragment<M>;
  /** What is left after it; `null` if it is the last one. */
  readonly rest: TransferRest | null;
}

/** What to send. */
export interface Source<M> {
  /** The replica that it is about. */
  readonly replica: ReplicaRef;
  /** The clocks that it covers. */
  readonly ranges: readonly ClockRange[];
  /** The entries that exist. */
  readonly entries: Iterable<Entry<M>>;
}

/** Which part of it, and how much. */
export interface Cut {
  /** The clocks to send. */
  readonly rest: TransferRest;
  /** The receiver has the entries up to this clock, which are represented by their clocks. */
  readonly clock: number;
  /** How many bytes of JSON to send at most; but one entry at least. */
  readonly maxBytes: number;
}

/** Returns the next piece of a transfer. */
export function cutFragment<M>({ replica, ranges, entries }: Source<M>, { rest, clock, maxBytes }: Cut): Piece<M> {
  const [after, upTo] = rest;
  const filling = new Filling<M>(clock, maxBytes);
  const existing = entriesWithin(entries, rest);
  let next = 0;
  for (const [from, to] of ranges) {
    const [first, last] = [Math.max(from, after + 1), Math.min(to, upTo)];
    if (first > last) continue;
    if (!filling.begin([first, last])) return { fragment: filling.toFragment(replica), rest: [first - 1, upTo] };
    for (; next < existing.length && existing[next]!.clock <= last; next++) {
      const entry = existing[next]!;
      if (filling.add(entry)) continue;
      filling.end(entry.clock - 1);
      return { fragment: filling.toFragment(replica), rest: [entry.clock - 1, upTo] };
    }
    filling.end(last);
  }
  return { fragment: filling.toFragment(replica), rest: null };
}

/** A piece that is being filled. */
class Filling<M> {
  readonly #clock: number;
  #bytesLeft: number;
  readonly #ranges: ClockRange[] = [];
  readonly #entries: FragmentEntry<M>[] = [];
  readonly #known: number[] = [];
  #first = 0;

  constructor(clock: number, maxBytes: number) {
    this.#clock = clock;
    this.#bytesLeft = maxBytes;
  }

  /** Begins a range. Returns `false` if it does not fit. */
  begin(range: ClockRange): boolean {
    if (!this.#take(bytesOfRange(range), this.#ranges.length === 0)) return false;
    this.#first = range[0];
    return true;
  }

  /** Adds an entry of the range. Returns `false` if it does not fit; the first one always does. */
  add(entry: Entry<M>): boolean {
    const isFirst = this.#ranges.length + this.#entries.length + this.#known.length === 0 &&
      entry.clock === this.#first;
    const isKnown = entry.clock <= this.#clock;
    if (!this.#take(isKnown ? bytesOfClock(entry.clock) : bytesOfEntry(entry), isFirst)) return false;
    if (isKnown) this.#known.push(entry.clock);
    else this.#entries.push([entry.clock, entry.topic, entry.key, entry.meta]);
    return true;
  }

  /** Ends the range at `last`. */
  end(last: number): void {
    if (last >= this.#first) this.#ranges.push([this.#first, last]);
  }

  toFragment(replica: ReplicaRef): Fragment<M> {
    return { replica, ranges: this.#ranges, entries: this.#entries, known: this.#known };
  }

  #take(bytes: number, always: boolean): boolean {
    if (bytes > this.#bytesLeft && !always) return false;
    this.#bytesLeft -= bytes;
    return true;
  }
}

/** Returns the entries at these clocks, ascending. Those of a replica usually are in this order already. */
function entriesWithin<M>(entries: Iterable<Entry<M>>, [after, upTo]: TransferRest): Entry<M>[] {
  const within: Entry<M>[] = [];
  let isSorted = true;
  for (const entry of entries) {
    if (entry.clock <= after || entry.clock > upTo) continue;
    isSorted &&= within.length === 0 || within.at(-1)!.clock < entry.clock;
    within.push(entry);
  }
  return isSorted ? within : within.sort((a, b) => a.clock - b.clock);
}
