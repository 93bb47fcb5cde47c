/**
 * A set of clocks, stored as ranges: the causal context of one replica.
 *
 * @module
 */

/** All clocks from the first to the last, both included. */
export type ClockRange = readonly [first: number, last: number];

/**
 * A set of clocks, counted from 1. Consecutive clocks are stored as one range, so a set without gaps takes constant
 * space.
 */
export class ClockRanges {
  readonly #ranges: [first: number, last: number][] = []; // ascending, neither overlapping nor adjacent

  /** Creates a set of these clocks. */
  constructor(ranges: Iterable<ClockRange> = []) {
    for (const [first, last] of ranges) this.add(first, last);
  }

  /** The last clock before the first gap; 0 if clock 1 is missing. */
  get prefix(): number {
    const range = this.#ranges[0];
    return range?.[0] === 1 ? range[1] : 0;
  }

  /** Returns whether the set contains `clock`. */
  has(clock: number): boolean {
    const range = this.#ranges[this.#indexOf(clock)];
    return range !== undefined && range[0] <= clock;
  }

  /** Adds the clocks from `first` to `last`. */
  add(first: number, last: number): void {
    const ranges = this.#ranges;
    const begin = this.#indexOf(first - 1); // the first range that touches the new one, or lies beyond it
    let end = begin;
    while (end < ranges.length && ranges[end]![0] <= last + 1) end++;
    if (begin === end) return void ranges.splice(begin, 0, [first, last]);
    const joined = ranges[begin]!;
    joined[0] = Math.min(joined[0], first);
    joined[1] = Math.max(ranges[end - 1]![1], last);
    if (end > begin + 1) ranges.splice(begin + 1, end - begin - 1);
  }

  /** Returns the ranges, ascending, with a gap between any two. */
  toArray(): ClockRange[] {
    return this.#ranges.map(([first, last]) => [first, last]);
  }

  /** Returns the index of the first range that ends at `clock` or later. */
  #indexOf(clock: number): number {
    const ranges = this.#ranges;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle]![1] < clock) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
