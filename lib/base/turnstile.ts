/**
 * A limit of how much runs at the same time.
 *
 * @module
 */

import { Deque } from "./deque.ts";

/** Runs so much work at the same time, and the rest as soon as some of that has ended, in the order of the calls. */
export class Turnstile {
  readonly #capacity: number;
  readonly #waiting = new Deque<() => void>();
  #running = 0;

  /** @param capacity How much may run at the same time. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /**
   * Runs `work` when it is its turn.
   *
   * @returns What `work` returned.
   * @throws What `work` threw.
   */
  async run<R>(work: () => Promise<R>): Promise<R> {
    if (this.#running < this.#capacity) this.#running++;
    else await this.#turn(); // in the place of work that has ended
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #turn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    return promise;
  }
}
