/**
 * Flushes sockets at the end of a turn of the event loop.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** An object that collects frames until it is flushed. */
export interface Flushable {
  /** Sends the collected frames. Must not throw. */
  flush(): void;
}

/** Flushes objects at the end of the turn, with one event loop callback for all of them. */
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
   * Creates a turn without objects to flush.
   *
   * @param afterFlush Called when all have been flushed.
   */
  constructor(afterFlush: () => void) {
    this.#afterFlush = afterFlush;
  }

  /** Schedules `flushable` to be flushed at the end of the turn. */
  flush(flushable: Flushable): void {
    if (this.#waiting.push(flushable) === 1) setImmediate(this.#end);
  }
}
