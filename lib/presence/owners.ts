/**
 * Which process of this node tracks what.
 *
 * @module
 */

import type { Pid } from "../otp/process/pid.ts";
import { processOf } from "../otp/process/process.ts";
import type { Entry } from "./entry.ts";

interface Owned<M> {
  readonly entries: Map<string, Entry<M>>;
  readonly onExit: () => void;
}

/** Entries by their process; they are given up when it ends. */
export class Owners<M> {
  readonly #owners = new Map<Pid<never>, Owned<M>>();
  readonly #onExit: (entries: Iterable<Entry<M>>) => void;

  /** @param onExit Gets the entries of a process that has ended. */
  constructor(onExit: (entries: Iterable<Entry<M>>) => void) {
    this.#onExit = onExit;
  }

  /** What `pid` tracks as `key` in `topic`. */
  get(pid: Pid<never>, topic: string, key: string): Entry<M> | undefined {
    return this.#owners.get(pid)?.entries.get(slot(topic, key));
  }

  /** `pid`, which has to be alive, tracks `entry`, instead of what it had as this key in this topic. */
  set(pid: Pid<never>, entry: Entry<M>): void {
    let owned = this.#owners.get(pid);
    if (!owned) {
      owned = { entries: new Map(), onExit: () => this.#onExit(this.delete(pid)) };
      this.#owners.set(pid, owned);
      processOf(pid).onExit(owned.onExit);
    }
    owned.entries.set(slot(entry.topic, entry.key), entry);
  }

  /** `pid` does not track `entry` any more. */
  remove(pid: Pid<never>, { topic, key }: Entry<M>): void {
    const entries = this.#owners.get(pid)?.entries;
    if (entries?.delete(slot(topic, key)) && entries.size === 0) this.delete(pid);
  }

  /** `pid` tracks nothing any more. Returns what it did. */
  delete(pid: Pid<never>): Iterable<Entry<M>> {
    const owned = this.#owners.get(pid);
    if (!owned) return [];
    this.#owners.delete(pid);
    processOf(pid).offExit(owned.onExit);
    return owned.entries.values();
  }

  /** Nobody tracks anything any more. */
  clear(): void {
    for (const pid of [...this.#owners.keys()]) this.delete(pid);
  }
}

/** A topic and a key in one text; the length keeps `"a", "bc"` and `"ab", "c"` apart. */
function slot(topic: string, key: string): string {
  return `${topic.length} ${topic}${key}`;
}
