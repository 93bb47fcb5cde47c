/**
 * Measuring how long something took.
 *
 * @module
 */

/** Returns the milliseconds since `startedAt` on `performance`'s clock, rounded to microseconds. */
export function millisecondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 1000) / 1000;
}
