/**
 * The changes of a replica in an interval.
 *
 * @module
 */

import { type ClockRange, ClockRanges } from "./_clock_ranges.ts";
import type { Entry } from "./_entry.ts";
import { bytesOfEntry, bytesOfRange, type Fragment } from "./_fragment.ts";
import type { ReplicaRef } from "../cluster/replica.ts";

/**
 * The joins and leaves of one replica from one clock to another. Entries that joined and left in between are omitted:
 * its size is that of the difference.
 */
export class Delta<M> {
  /** The clock before the first change. */
  readonly from: number;
  #to: number;
  readonly #joined = new Map<number, Entry<M>>(); // ascending
  readonly #left = new Map<number, number>(); // the clock at which an entry joined, and the one at which it left: ascending

  /** Creates a delta without changes. */
  constructor(from: number) {
    this.#to = this.from = from;
  }

  /** The clock of the last change. */
  get to(): number {
    return this.#to;
  }

  /** Whether nothing has happened. */
  get isEmpty(): boolean {
    return this.#to === this.from;
  }

  /** The number of entries that it mentions. */
  get size(): number {
    return this.#joined.size + this.#left.size;
  }

  /** The entries that joined, ascending. */
  get entries(): Iterable<Entry<M>> {
    return this.#joined.values();
  }

  /** The clocks that it covers. */
  get ranges(): ClockRange[] {
    const ranges = new ClockRanges();
    for (const clock of [...this.#left.keys()].sort((a, b) => a - b)) ranges.add(clock, clock);
    if (!this.isEmpty) ranges.add(this.from + 1, this.#to);
    return ranges.toArray();
  }

  /** Adds the join of `entry`, at the entry's clock. */
  join(entry: Entry<M>): void {
    this.#to = entry.clock;
    this.#joined.set(entry.clock, entry);
  }

  /** Adds a leave at `clock` of the entry that had joined at `left`. */
  leave(left: number, clock: number): void {
    this.#to = clock;
    this.#forget(left, clock);
  }

  /**
   * Appends the next delta to this one.
   *
   * @throws {RangeError} If `next` does not begin where this one ends.
   */
  append(next: Delta<M>): void {
    if (next.from !== this.#to) {
      throw new RangeError(`Cannot append delta: it must begin at ${this.#to}, begins at ${next.from}`);
    }
    for (const [left, clock] of next.#left) this.#forget(left, clock);
    for (const [clock, entry] of next.#joined) this.#joined.set(clock, entry);
    this.#to = next.#to;
  }

  /**
   * Divides this delta into the changes up to `clock` and those after it. Each part is complete: it contains the leaves
   * that happened at its clocks, whichever entries they concern. So parts may be lost and arrive in any order.
   */
  split(clock: number): [before: Delta<M>, after: Delta<M>] {
    if (clock >= this.#to) return [this, new Delta(this.#to)];
    const [before, after] = [new Delta<M>(this.from), new Delta<M>(clock)];
    for (const entry of this.#joined.values()) (entry.clock <= clock ? before : after).#joined.set(entry.clock, entry);
    for (const [left, at] of this.#left) (at <= clock ? before : after).#left.set(left, at);
    before.#to = clock;
    after.#to = this.#to;
    return [before, after];
  }

  /** Returns the last clock up to which the changes have at most `maxBytes` as JSON; at least that of the first one. */
  reach(maxBytes: number): number {
    let bytes = 0;
    let count = 0;
    for (const [clock, size] of this.#sizes()) {
      bytes += size;
      if (bytes > maxBytes && count > 0) return clock - 1;
      count++;
    }
    return this.#to;
  }

  /** Converts this delta to a fragment for sending. */
  toFragment(replica: ReplicaRef): Fragment<M> {
    const entries = Array.from(this.entries, ({ clock, topic, key, meta }) => [clock, topic, key, meta] as const);
    return { replica, ranges: this.ranges, entries, known: [] };
  }

  /** Returns the size of each change as JSON, by its clock, ascending. */
  #sizes(): (readonly [clock: number, bytes: number])[] {
    const sizes: (readonly [number, number])[] = [];
    for (const entry of this.#joined.values()) sizes.push([entry.clock, bytesOfEntry(entry)]);
    if (this.#left.size === 0) return sizes;
    for (const [left, clock] of this.#left) sizes.push([clock, bytesOfRange([left, left])]);
    return sizes.sort(([a], [b]) => a - b);
  }

  /** Records a leave. Clocks within this delta that are not mentioned count as gone; earlier ones must be listed. */
  #forget(left: number, clock: number): void {
    if (left <= this.from) this.#left.set(left, clock);
    else this.#joined.delete(left);
  }
}
