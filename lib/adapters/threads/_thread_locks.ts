/**
 * Which threads are alive: each holds a lock until it ends, also if it is terminated.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { type Locks, programLocks } from "../../base/locks.ts";
import { BusSetupError } from "../../pubsub/errors.ts";

/** How long a thread waits for its own lock. Others hold it for a moment when they notice that it has stopped. */
const OWN_LOCK_MS = 1_000;

/** The locks of the threads that share a prefix. */
export class ThreadLocks {
  readonly #locks: Locks;
  readonly #prefix: string;
  readonly #queue: string;

  /**
   * Creates the view of the locks of one prefix.
   *
   * @throws {BusSetupError} If this runtime has no locks.
   */
  constructor(prefix: string) {
    this.#locks = requiredLocks();
    this.#prefix = `urvogel:threads:${prefix}:`;
    this.#queue = `urvogel:threads-history:${prefix}`;
  }

  /**
   * Takes the lock of this thread.
   *
   * @returns A function that releases it, and resolves when it is free.
   * @throws {BusSetupError} If another thread holds it.
   */
  async hold(node: string): Promise<() => Promise<void>> {
    const granted = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const tooLate = new AbortController();
    const alarm = new Alarm(() => tooLate.abort()).set(OWN_LOCK_MS);
    const held = this.#locks.request(this.#prefix + node, { signal: tooLate.signal }, () => {
      granted.resolve();
      return released.promise;
    });
    held.catch(granted.reject);
    try {
      await granted.promise;
    } catch (cause) {
      throw new BusSetupError("threads", `another thread has the name "${node}"`, { cause });
    } finally {
      alarm.clear();
    }
    return async () => {
      released.resolve();
      await held;
    };
  }

  /**
   * Calls `onTurn` when this thread is the first of those that queue and have not ended.
   *
   * @returns A function that leaves the queue, and resolves when the next thread may be the first.
   */
  queue(onTurn: () => void): () => Promise<void> {
    const left = Promise.withResolvers<void>();
    const waiting = new AbortController();
    const over = this.#locks.request(this.#queue, { signal: waiting.signal }, () => {
      if (waiting.signal.aborted) return;
      onTurn();
      return left.promise;
    });
    const settled = over.catch(() => {}); // it left before its turn
    return async () => {
      waiting.abort();
      left.resolve();
      await settled;
    };
  }

  /** Calls `onEnd` when the thread of `node` has ended, unless `signal` is aborted before. */
  watch(node: string, signal: AbortSignal, onEnd: () => void): void {
    const ended = this.#locks.request(this.#prefix + node, { mode: "shared", signal }, onEnd);
    ended.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Returns the names of all threads that are alive. */
  async list(): Promise<string[]> {
    const { held } = await this.#locks.query();
    const names = held.map(({ name }) => name).filter((name) => name.startsWith(this.#prefix));
    return [...new Set(names.map((name) => name.slice(this.#prefix.length)))];
  }
}

/**
 * Returns the locks of the program.
 *
 * @throws {BusSetupError} If this runtime has none.
 */
export function requiredLocks(): Locks {
  const locks = programLocks();
  if (!locks) throw new BusSetupError("threads", "this runtime has no navigator.locks");
  return locks;
}
