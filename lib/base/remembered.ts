/**
 * Results that are remembered, as long as there are few.
 *
 * @module
 */

/** Longer keys are not worth the memory. */
const MAX_KEY_LENGTH = 512;

/**
 * Remembers what a pure function returned. All is forgotten when there is too much of it: what is asked for often comes
 * back at once, and somebody who always asks for something else cannot make it grow.
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

  /** Creates a memory of at most `maxEntries` results. */
  constructor({ maxEntries }: { readonly maxEntries: number }) {
    this.#maxEntries = maxEntries;
  }

  /** How many results are remembered. */
  get size(): number {
    return this.#values.size;
  }

  /**
   * Returns the result for a key.
   *
   * @param key The key.
   * @param make Makes it, if it is not remembered. What it throws is not remembered either.
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
