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
