/**
 * The latest messages of a topic on one node: whoever was away for a moment gets them without a read.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import type { Stored } from "./engine.ts";

/** Remembers the latest messages of one epoch. */
export class Tail {
  readonly #size: number;
  readonly #maxAgeMs: number;
  readonly #messages = new Deque<Stored>();

  /** Creates an empty tail for at most `size` messages, which are kept for `maxAgeMs`. */
  constructor(size: number, maxAgeMs: number) {
    this.#size = size;
    this.#maxAgeMs = maxAgeMs;
  }

  /** Appends a message, whose `previous` is the last one. Those that were too old when it came are forgotten. */
  push(message: Stored): void {
    if (this.#size === 0) return;
    this.#messages.push(message);
    const oldestMs = message.atMs - this.#maxAgeMs; // by the engine's clock
    for (let { first } = this.#messages; first; { first } = this.#messages) {
      if (this.#messages.length <= this.#size && first.atMs >= oldestMs) return;
      this.#messages.shift();
    }
  }

  /**
   * Returns the messages after an offset, or `undefined` if some of them may not be here.
   *
   * @param after The offset.
   * @param oldestMs Messages from before this time do not count as kept.
   */
  after(after: number, oldestMs: number): readonly Stored[] | undefined {
    const { first } = this.#messages;
    if (!first || after < first.previous) return undefined;
    const missed = [...this.#messages].filter(({ offset }) => offset > after);
    return missed.every(({ atMs }) => atMs >= oldestMs) ? missed : undefined;
  }

  /** Forgets one message: it was deleted. */
  delete(offset: number): void {
    this.#messages.remove((message) => message.offset === offset);
  }

  /** Forgets all. */
  clear(): void {
    this.#messages.clear();
  }
}
