/**
 * The changes of a replica in an interval.
 *
 * @module
 */

import { ClockRanges } from "./_clock_ranges.ts";
import type { Entry } from "./_entry.ts";
import type { Fragment } from "./_fragment.ts";
import type { ReplicaRef } from "../cluster/replica.ts";

/**
 * The joins and leaves of one replica from one clock to another. Entries that joined and left in between are omitted:
 * its size is that of the difference.
 */
export class Delta<M> {
  /** The clock before the first change. */
  readonly from: number;
  #to: number;
  readonly #joined = new Map<number, Entry<M>>();
  readonly #left = new Set<number>();

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

  /** Adds the join of `entry`, at the entry's clock. */
  join(entry: Entry<M>): void {
    this.#to = entry.clock;
    this.#joined.set(entry.clock, entry);
  }

  /** Adds a leave at `clock` of the entry that had joined at `left`. */
  leave(left: number, clock: number): void {
    this.#to = clock;
    this.#forget(left);
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
    for (const left of next.#left) this.#forget(left);
    for (const [clock, entry] of next.#joined) this.#joined.set(clock, entry);
    this.#to = next.#to;
  }

  /** Converts this delta to a fragment for sending. */
  toFragment(replica: ReplicaRef): Fragment<M> {
    const ranges = new ClockRanges();
    for (const clock of [...this.#left].sort((a, b) => a - b)) ranges.add(clock, clock);
    if (!this.isEmpty) ranges.add(this.from + 1, this.#to);
    const entries = Array.from(
      this.#joined.values(),
      ({ clock, topic, key, meta }) => [clock, topic, key, meta] as const,
    );
    return { replica, ranges: ranges.toArray(), entries, known: [] };
  }

  /** Records a leave. Clocks within this delta that are not mentioned count as gone; earlier ones must be listed. */
  #forget(left: number): void {
    if (left <= this.from) this.#left.add(left);
    else this.#joined.delete(left);
  }
}
