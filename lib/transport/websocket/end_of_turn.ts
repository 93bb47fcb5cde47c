/**
 * The end of a turn of the event loop, when what sockets were sent within it leaves.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Something that has collected what it was sent. */
export interface Flushable {
  /** Sends it. Must not throw. */
  flush(): void;
}

/** Those who wait for the end of the turn: one callback of the event loop for all of them. */
export class EndOfTurn {
  readonly #afterFlush: () => void;
  #waiting: Flushable[] = [];
  readonly #end = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flushable of waiting) flushable.flush();
    this.#afterFlush();
  };

  /**
   * Creates a turn that nobody waits for the end of.
   *
   * @param afterFlush Called when all have been flushed.
   */
  constructor(afterFlush: () => void) {
    this.#afterFlush = afterFlush;
  }

  /** Flushes `flushable` once what is at hand has been handled. */
  flush(flushable: Flushable): void {
    if (this.#waiting.push(flushable) === 1) setImmediate(this.#end);
  }
}
