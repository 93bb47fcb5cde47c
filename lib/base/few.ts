/**
 * Sets that are nearly always small, such as the two or three listeners of a process.
 *
 * A `Set` of three takes 200 bytes, an array of three 70; and there are several for each connection. So a few items are
 * kept in an array of exactly that size, copied at each change, and more than a few in a `Set`.
 *
 * @module
 */

/** A set that is usually small, in the order of insertion; `undefined` is the empty set. */
export type Few<T> = readonly T[] | Set<T> | undefined;

const A_FEW = 8;

/** Returns the set with `item` added. The argument may have been changed. */
export function withItem<T>(few: Few<T>, item: T): Few<T> {
  if (few === undefined) return [item];
  if (few instanceof Set) return few.add(item);
  if (few.includes(item)) return few;
  return few.length < A_FEW ? few.concat([item]) : new Set(few).add(item);
}

/** Returns the set without `item`. The argument may have been changed. */
export function withoutItem<T>(few: Few<T>, item: T): Few<T> {
  if (few === undefined) return undefined;
  if (few instanceof Set) {
    few.delete(item);
    return few.size > 0 ? few : undefined;
  }
  const index = few.indexOf(item);
  if (index === -1) return few;
  return few.length > 1 ? few.toSpliced(index, 1) : undefined;
}

/** Returns whether `item` is in the set. */
export function hasItem<T>(few: Few<T>, item: T): boolean {
  if (few === undefined) return false;
  return few instanceof Set ? few.has(item) : few.includes(item);
}

/** Returns the number of items in the set. */
export function countOf<T>(few: Few<T>): number {
  if (few === undefined) return 0;
  return few instanceof Set ? few.size : few.length;
}
