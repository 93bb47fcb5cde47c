/**
 * What one statement carries: while it is under way, the next one grows.
 *
 * @module
 */

/** A statement carries at most this many entries, */
const MAX_ENTRIES = 256;
/** and, unless a single one is larger, this many bytes or letters. */
const MAX_SIZE = 1_048_576;

/**
 * A statement that reaches the server later than this does nothing: a server that was stopped for a while would
 * otherwise do, when it goes on, what callers have been told has failed.
 */
export const MAX_AGE_MS = 4000;

/** Removes the first entries of `waiting`, as many as one statement carries, and returns them. At least one. */
export function takeBatch<T>(waiting: T[], sizeOf: (entry: T) => number): T[] {
  let size = 0;
  let count = 0;
  for (const entry of waiting) {
    size += sizeOf(entry);
    if (count > 0 && (count === MAX_ENTRIES || size > MAX_SIZE)) break;
    count++;
  }
  return waiting.splice(0, count);
}
