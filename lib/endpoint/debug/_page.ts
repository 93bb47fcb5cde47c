/**
 * Pages of long lists.
 *
 * @module
 */

/** Which part of a list is wanted. */
export interface PageOptions {
  /**
   * Maximum number of items, from 1 to 1,000.
   *
   * @default {100}
   */
  readonly limit?: number | undefined;
  /**
   * How many items are skipped; see {@linkcode Page.next}.
   *
   * @default {0}
   */
  readonly offset?: number | undefined;
}

/** Which part of a list is wanted, and which items. */
export interface SearchOptions extends PageOptions {
  /**
   * Only items that contain this text, in upper or lower case.
   *
   * @default {""}, all items
   */
  readonly search?: string | undefined;
}

/**
 * A part of a list. It is a snapshot: items that come or go between two pages move the others, so one may be missing or
 * on two pages.
 */
export interface Page<T> {
  /** The items. */
  readonly items: readonly T[];
  /** The number of items on all pages. */
  readonly total: number;
  /** The `offset` of the next page; `undefined` if this is the last one. */
  readonly next: number | undefined;
}

const LIMIT = 100;
const MAX_LIMIT = 1_000;

/**
 * Takes one page of a list. Only the items of the page are described.
 *
 * @param all The list.
 * @param options The part that is wanted.
 * @param describe Describes an item.
 * @throws {RangeError} If `limit` or `offset` makes no sense.
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
