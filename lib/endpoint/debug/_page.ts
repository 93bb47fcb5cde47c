/**
 * Pages of long lists.
 *
 * @module
 */

/** Options for a page of a list. */
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

/** Options for a page of a list, with a text to search for. */
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
