/**
 * The topics with subscribers in this thread, by their hashes.
 *
 * @module
 */

import { hashText } from "../../base/hash.ts";

/** The topics that this thread wants. */
export class Interest {
  readonly #topics = new Set<string>();
  /** How many of the topics have a hash. */
  readonly #hashes = new Map<number, number>();

  /** Whether one of the topics has this hash. */
  has(hash: number): boolean {
    return this.#hashes.has(hash);
  }

  /** Adds a topic. */
  add(topic: string): void {
    if (this.#topics.has(topic)) return;
    this.#topics.add(topic);
    const hash = hashText(topic);
    this.#hashes.set(hash, (this.#hashes.get(hash) ?? 0) + 1);
  }

  /** Removes a topic. */
  delete(topic: string): void {
    if (!this.#topics.delete(topic)) return;
    const hash = hashText(topic);
    const left = this.#hashes.get(hash)! - 1;
    if (left > 0) this.#hashes.set(hash, left);
    else this.#hashes.delete(hash);
  }
}
