/**
 * Sets that are nearly always small: of listeners, of which a process has two or three.
 *
 * A `Set` of three takes 200 bytes, an array of three 70; and there are several for each connection. So a few are kept in
 * an array of just that size, made anew when something changes, and more than a few in a `Set`.
 *
 * @module
 */

/** A set of a few, in the order in which they were added; `undefined` is the empty one. */
export type Few<T> = readonly T[] | Set<T> | undefined;

const A_FEW = 8;

/** Answers the set with `item` in it. What was given may have changed. */
export function withItem<T>(few: Few<T>, item: T): Few<T> {
  if (few === undefined) return [item];
  if (few instanceof Set) return few.add(item);
  if (few.includes(item)) return few;
  return few.length < A_FEW ? few.concat([item]) : new Set(few).add(item);
}

/** Answers the set without `item`. What was given may have changed. */
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

/** Whether `item` is in the set. */
export function hasItem<T>(few: Few<T>, item: T): boolean {
  if (few === undefined) return false;
  return few instanceof Set ? few.has(item) : few.includes(item);
}

/** How many there are. */
export function countOf<T>(few: Few<T>): number {
  if (few === undefined) return 0;
  return few instanceof Set ? few.size : few.length;
}
