/**
 * Which process of this node tracks what.
 *
 * @module
 */

import { OwnedBy } from "../otp/process/owned_by.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { Entry } from "./_entry.ts";

/** Entries by their process, and by topic and key. */
export class Owners<M> {
  readonly #owned: OwnedBy<Map<string, Entry<M>>>;

  /** @param onGone Called with the entries of a process that has ended. */
  constructor(onGone: (entries: Iterable<Entry<M>>) => void) {
    this.#owned = new OwnedBy((entries) => onGone(entries.values()));
  }

  /** What `pid` tracks as `key` in `topic`. */
  get(pid: Pid<never>, topic: string, key: string): Entry<M> | undefined {
    return this.#owned.get(pid)?.get(slot(topic, key));
  }

  /** `pid`, which has to be alive, tracks `entry`, instead of what it had as this key in this topic. */
  set(pid: Pid<never>, entry: Entry<M>): void {
    const entries = this.#owned.get(pid);
    const at = slot(entry.topic, entry.key);
    if (entries) entries.set(at, entry);
    else this.#owned.set(pid, new Map([[at, entry]]));
  }

  /** `pid` does not track `entry` any more. */
  remove(pid: Pid<never>, { topic, key }: Entry<M>): void {
    const entries = this.#owned.get(pid);
    if (entries?.delete(slot(topic, key)) && entries.size === 0) this.#owned.delete(pid);
  }

  /** `pid` tracks nothing any more. Returns what it did. */
  delete(pid: Pid<never>): Iterable<Entry<M>> {
    return this.#owned.delete(pid)?.values() ?? [];
  }

  /** Nobody tracks anything any more. */
  clear(): void {
    this.#owned.clear();
  }
}

/** A topic and a key in one text; the length keeps `"a", "bc"` and `"ab", "c"` apart. */
function slot(topic: string, key: string): string {
  return `${topic.length} ${topic}${key}`;
}
