/**
 * What processes own, removed when they end: names, entries of registries, subscriptions, presences, memberships.
 *
 * Such an index must not keep a process that has ended, must not listen to one that owns nothing any more, and must not
 * report an end twice. This is implemented here once, so that each index does not have to.
 *
 * @module
 */

import { type Few, withItem, withoutItem } from "../../base/few.ts";
import type { Pid } from "./pid.ts";
import { type Process, processOf } from "./process.ts";

/**
 * A map from live processes to what they own. The entry of a process is deleted when the process ends.
 *
 * All processes get the same exit listener, so an entry needs no closure. A process without an entry has no listener.
 */
export class OwnedBy<T> {
  readonly #owned: Map<Process, T> = new Map();
  readonly #onExit: (reason: unknown, process: Process) => void;

  /**
   * Creates an empty map.
   *
   * @param onGone Called with what a process owned, after the process has ended and its entry is deleted.
   */
  constructor(onGone: (owned: T, process: Process) => void) {
    this.#onExit = (_reason, process) => {
      if (!this.#owned.has(process)) return;
      const owned = this.#owned.get(process)!;
      this.#owned.delete(process);
      onGone(owned, process);
    };
  }

  /** Number of processes that own something. */
  get size(): number {
    return this.#owned.size;
  }

  /** The processes that own something, oldest entry first. */
  get owners(): Iterable<Process> {
    return this.#owned.keys();
  }

  /** The owned values, oldest entry first. */
  get values(): Iterable<T> {
    return this.#owned.values();
  }

  /** Returns what `pid` owns. */
  get(pid: Pid<never>): T | undefined {
    return this.#owned.get(pid as Process);
  }

  /**
   * Sets what `pid` owns, in place of what it owned before.
   *
   * @param pid A process. If it has ended, `onGone` is called at once.
   * @param owned The new value.
   * @throws {TypeError} If `pid` is not a process of this thread.
   */
  set(pid: Pid<never>, owned: T): void {
    const process = processOf(pid);
    this.#owned.set(process, owned);
    process.onExit(this.#onExit);
  }

  /**
   * Deletes the entry of `pid`. `onGone` is not called for it.
   *
   * @param pid The process.
   * @returns What it owned, if anything.
   */
  delete(pid: Pid<never>): T | undefined {
    const process = pid as Process;
    const owned = this.#owned.get(process);
    if (this.#owned.delete(process)) process.offExit(this.#onExit);
    return owned;
  }

  /** Deletes all entries. `onGone` is not called. */
  clear(): void {
    for (const process of this.#owned.keys()) process.offExit(this.#onExit);
    this.#owned.clear();
  }
}

/** Adds `item` to what `pid` owns. */
export function addOwned<E>(owned: OwnedBy<Few<E>>, pid: Pid<never>, item: E): void {
  owned.set(pid, withItem(owned.get(pid), item));
}

/** Removes `item` from what `pid` owns; does nothing if `pid` does not own it. */
export function removeOwned<E>(owned: OwnedBy<Few<E>>, pid: Pid<never>, item: E): void {
  const rest = withoutItem(owned.get(pid), item);
  if (rest) owned.set(pid, rest);
  else owned.delete(pid);
}
