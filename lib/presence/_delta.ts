/**
 * What a replica did in a stretch of time.
 *
 * @module
 */

import { ClockRanges } from "./_clock_ranges.ts";
import type { Entry } from "./_entry.ts";
import type { Fragment } from "./_fragment.ts";
import type { ReplicaRef } from "./replica.ts";

/**
 * The joins and leaves of one replica from one clock to another. What came and went in between is not in it: its size is
 * that of the difference.
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

  /** How many entries it tells of. */
  get size(): number {
    return this.#joined.size + this.#left.size;
  }

  /** `entry` came, at its own clock. */
  join(entry: Entry<M>): void {
    this.#to = entry.clock;
    this.#joined.set(entry.clock, entry);
  }

  /** At `clock`, the entry that had come at `left` went. */
  leave(left: number, clock: number): void {
    this.#to = clock;
    this.#forget(left);
  }

  /**
   * Continues this delta with the next one.
   *
   * @throws {RangeError} If `next` begins elsewhere than where this one ends.
   */
  append(next: Delta<M>): void {
    if (next.from !== this.#to) {
      throw new RangeError(`Cannot append delta: it must begin at ${this.#to}, begins at ${next.from}`);
    }
    for (const left of next.#left) this.#forget(left);
    for (const [clock, entry] of next.#joined) this.#joined.set(clock, entry);
    this.#to = next.#to;
  }

  /** This delta, to be sent. */
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

  /** What is not mentioned among the clocks of this delta is gone; what came earlier has to be named. */
  #forget(left: number): void {
    if (left <= this.from) this.#left.add(left);
    else this.#joined.delete(left);
  }
}
