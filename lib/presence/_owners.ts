/**
 * The owners of entries: which process of this node tracks which entries.
 *
 * @module
 */

import { OwnedBy } from "../otp/process/owned_by.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { Entry } from "./_entry.ts";

/** Stores the entries of this node by process, and by topic and key. */
export class Owners<M> {
  readonly #owned: OwnedBy<Map<string, Entry<M>>>;

  /** @param onGone Called with the entries of a process that has ended. */
  constructor(onGone: (entries: Iterable<Entry<M>>) => void) {
    this.#owned = new OwnedBy((entries) => onGone(entries.values()));
  }

  /** Returns the entry of `pid` as `key` in `topic`. */
  get(pid: Pid<never>, topic: string, key: string): Entry<M> | undefined {
    return this.#owned.get(pid)?.get(slot(topic, key));
  }

  /** Sets the entry of `pid`, which must be alive. It replaces the previous entry with the same key and topic. */
  set(pid: Pid<never>, entry: Entry<M>): void {
    const entries = this.#owned.get(pid);
    const at = slot(entry.topic, entry.key);
    if (entries) entries.set(at, entry);
    else this.#owned.set(pid, new Map([[at, entry]]));
  }

  /** Removes `entry` from those of `pid`. */
  remove(pid: Pid<never>, { topic, key }: Entry<M>): void {
    const entries = this.#owned.get(pid);
    if (entries?.delete(slot(topic, key)) && entries.size === 0) this.#owned.delete(pid);
  }

  /** Removes all entries of `pid` and returns them. */
  delete(pid: Pid<never>): Iterable<Entry<M>> {
    return this.#owned.delete(pid)?.values() ?? [];
  }

  /** Removes all entries. */
  clear(): void {
    this.#owned.clear();
  }
}

/** Combines a topic and a key into one string; the length distinguishes `"a", "bc"` from `"ab", "c"`. */
function slot(topic: string, key: string): string {
  return `${topic.length} ${topic}${key}`;
}
