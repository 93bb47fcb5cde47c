/**
 * A bounded cache for the results of pure functions.
 *
 * @module
 */

/** Results of longer keys are not cached, to save memory. */
const MAX_KEY_LENGTH = 512;

/**
 * Caches the results of a pure function. When the cache is full it is cleared: frequent keys return soon, and a client
 * that always sends new keys cannot make it grow.
 *
 * @example Usage
 * ```ts
 * import { Remembered } from "./remembered.ts";
 * import { assertEquals } from "@std/assert";
 *
 * const lengths = new Remembered<number>({ maxEntries: 2 });
 * assertEquals(lengths.get("abc", (text) => text.length), 3);
 * ```
 */
export class Remembered<V> {
  readonly #maxEntries: number;
  readonly #values = new Map<string, V>();

  /** Creates a cache of at most `maxEntries` results. */
  constructor({ maxEntries }: { readonly maxEntries: number }) {
    this.#maxEntries = maxEntries;
  }

  /** Number of cached results. */
  get size(): number {
    return this.#values.size;
  }

  /**
   * Returns the result for a key.
   *
   * @param key The key.
   * @param make Computes the result if it is not cached. If it throws, nothing is cached.
   */
  get(key: string, make: (key: string) => V): V {
    const known = this.#values.get(key);
    if (known !== undefined || this.#values.has(key)) return known as V;
    const value = make(key);
    if (key.length > MAX_KEY_LENGTH) return value;
    if (this.#values.size >= this.#maxEntries) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
