/**
 * How long something took.
 *
 * @module
 */

/** Milliseconds since `startedAt`, on `performance`'s clock, in whole microseconds: more digits say nothing. */
export function millisecondsSince(startedAt: number): number {
  return Math.round((performance.now() - startedAt) * 1000) / 1000;
}
