/**
 * Locks by key: one piece of work at a time for each key.
 *
 * @module
 */

import { abortable } from "@std/async/abortable";
import { Deque } from "./deque.ts";
import { isThenable } from "./thenable.ts";

/**
 * Options for waiting for a lock, such as that of a registry.
 *
 * @category Registry
 */
export interface LockOptions {
  /** Releases the lock, or stops waiting for it, when aborted: the signal of the process that asks. */
  readonly signal?: AbortSignal;
}

/** Runs work with the same key one at a time, in the order of the calls. */
export class KeyLocks {
  // For each locked key, the callers that wait for it.
  readonly #waiting: Map<unknown, Deque<() => void>> = new Map();

  /** Number of locked keys. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Runs `work` while it holds the lock of `key`.
   *
   * @returns What `work` returned.
   * @throws What `work` threw, or the reason of a signal that was aborted first; `work` may then continue, but without
   * the lock.
   */
  async run<R>(key: unknown, work: () => R | PromiseLike<R>, { signal }: LockOptions = {}): Promise<R> {
    signal?.throwIfAborted();
    await this.#acquire(key, signal);
    try {
      signal?.throwIfAborted();
      const result = work();
      return await (signal && isThenable(result) ? abortable(Promise.resolve(result), signal) : result);
    } finally {
      this.#release(key);
    }
  }

  async #acquire(key: unknown, signal: AbortSignal | undefined): Promise<void> {
    const queue = this.#waiting.get(key);
    if (!queue) return void this.#waiting.set(key, new Deque());
    const { promise, resolve } = Promise.withResolvers<void>();
    queue.push(resolve);
    try {
      await (signal ? abortable(promise, signal) : promise);
    } catch (reason) {
      const gotIt = queue.remove((other) => other === resolve) === 0; // in the very moment in which it gave up
      if (gotIt) this.#release(key);
      throw reason;
    }
  }

  #release(key: unknown): void {
    const next = this.#waiting.get(key)!.shift();
    if (next) next();
    else this.#waiting.delete(key);
  }
}
