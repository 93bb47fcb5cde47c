/**
 * Takes pages of lists, and searches them.
 *
 * @module
 */

import type { Page, PageOptions, SearchOptions } from "./_page.ts";

const LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Takes one page of a list. Only the items of the page are described.
 *
 * @param all The list.
 * @param options The part that is wanted.
 * @param describe Describes an item.
 * @throws {RangeError} If `limit` or `offset` is out of range.
 */
export function pageOf<S, T>(
  all: Iterable<S>,
  { limit = LIMIT, offset = 0 }: PageOptions,
  describe: (item: S) => T,
): Page<T> {
  assertInteger("limit", limit, 1, MAX_LIMIT);
  assertInteger("offset", offset, 0, Number.MAX_SAFE_INTEGER);
  const items: T[] = [];
  let total = 0;
  for (const item of all) {
    if (total >= offset && items.length < limit) items.push(describe(item));
    total++;
  }
  const end = offset + items.length;
  return { items, total, next: end < total ? end : undefined };
}

/** Returns a function that says whether one of several texts contains the searched one. */
export function matcherOf(
  { search = "" }: SearchOptions,
): (...texts: readonly (string | null | undefined)[]) => boolean {
  if (search === "") return () => true;
  const wanted = search.toLowerCase();
  return (...texts) => texts.some((text) => text?.toLowerCase().includes(wanted) ?? false);
}

function assertInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`Cannot take page: "${name}" must be an integer from ${least} to ${most}, received ${value}`);
}
