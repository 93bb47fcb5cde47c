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
  readonly #messages = new Deque<Stored>();

  /** Creates an empty tail for at most `size` messages. */
  constructor(size: number) {
    this.#size = size;
  }

  /** Appends a message, whose `previous` is the last one. */
  push(message: Stored): void {
    if (this.#size === 0) return;
    this.#messages.push(message);
    if (this.#messages.length > this.#size) this.#messages.shift();
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
