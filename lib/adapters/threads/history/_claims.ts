/**
 * Which thread keeps history. Pure.
 *
 * The claim of a thread that has ended may be read after that of the next one, and its end is noticed later still. So
 * all claims are remembered until their threads have ended, and the one that was read last counts.
 *
 * @module
 */

/** The claims of other threads. */
export class Claims {
  readonly #nodes = new Set<string>();

  /** The thread that keeps, as far as is known. */
  get keeper(): string | undefined {
    return [...this.#nodes].at(-1);
  }

  /** A thread claims to keep. */
  add(node: string): void {
    this.#nodes.delete(node);
    this.#nodes.add(node);
  }

  /** A thread has ended. */
  delete(node: string): void {
    this.#nodes.delete(node);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#nodes.clear();
  }
}
