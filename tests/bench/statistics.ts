/**
 * What several rounds say together. Pure functions.
 *
 * @module
 */

/**
 * The value in the middle: what one disturbed round cannot move.
 *
 * @throws {RangeError} If there are no values.
 */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError("Cannot take median: there are no values");
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/**
 * How `values` compare with `others`, round by round. A round's two halves ran next to each other, so what disturbed
 * the machine for longer disturbed both: their ratio is steadier than the ratio of the medians.
 *
 * @returns The median of the rounds' ratios.
 * @throws {RangeError} If there are no rounds, or not as many of each.
 */
export function medianRatio(values: readonly number[], others: readonly number[]): number {
  if (values.length !== others.length) {
    throw new RangeError(`Cannot compare rounds: there are ${values.length} and ${others.length}`);
  }
  return median(values.map((value, round) => value / others[round]!));
}

/** How many standard deviations of a normal distribution are one median of absolute deviations. */
const DEVIATIONS = 1.4826;
/** How much more the median of normal values varies than their mean: the root of π / 2. */
const MEDIAN_TO_MEAN = Math.sqrt(Math.PI / 2);

/**
 * How far the median of so many values may be from the true one: its standard error, for values that are normal but
 * for some that a busy machine disturbed.
 *
 * @throws {RangeError} If there are no values.
 */
export function medianError(values: readonly number[]): number {
  const middle = median(values);
  const deviation = DEVIATIONS * median(values.map((value) => Math.abs(value - middle)));
  return MEDIAN_TO_MEAN * deviation / Math.sqrt(values.length);
}
