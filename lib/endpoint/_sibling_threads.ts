/**
 * Coordinates the exit of the threads of `deno serve --parallel`. Each receives a signal, and the first that exits ends
 * all of them.
 *
 * So each thread holds a shared lock while it shuts down. When it is done, it waits for the exclusive lock: that is
 * granted when all are done. The lock is not held before the signal, since a held lock would keep a program running
 * that has nothing left to do.
 *
 * @module
 */

import { type Locks, programLocks } from "../base/locks.ts";
import { pause } from "../base/pause.ts";

const LOCK = "urvogel:shutdown";
/** Time after the signal within which each thread takes its lock. */
const INTRODUCTION_MS = 100;

/** The other threads of this program that are shutting down. */
export class SiblingThreads {
  readonly #locks: Locks | undefined = programLocks();
  readonly #introduced = pause(INTRODUCTION_MS);
  readonly #busy = Promise.withResolvers<void>();

  /** Lets the others wait for this thread. */
  constructor() {
    void this.#locks?.request(LOCK, { mode: "shared" }, () => this.#busy.promise);
  }

  /** Lets the others wait no longer, and waits until all of them are done. */
  async done(): Promise<void> {
    await this.#introduced;
    this.#busy.resolve();
    if (!this.#locks) return;
    do await this.#locks.request(LOCK, {}, () => {}); while (await this.#hasLateThreads(this.#locks));
  }

  /** Whether a thread took notice of the signal so late that its lock waits behind that of this thread. */
  async #hasLateThreads(locks: Locks): Promise<boolean> {
    const { held, pending } = await locks.query();
    return [...held, ...pending].some(({ name, mode }) => name === LOCK && mode === "shared");
  }
}
