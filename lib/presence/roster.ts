/**
 * The visible entries, by topic and key.
 *
 * @module
 */

import type { Entry } from "./_entry.ts";

/** The entries of one topic. */
interface TopicEntries<M> {
  readonly keys: Map<string, Set<Entry<M>>>;
  count: number;
}

/**
 * The number of members of a topic.
 *
 * @category Presence
 */
export interface PresenceCount {
  /** The number of different keys, which are usually users. */
  readonly keys: number;
  /** The number of metas, which are usually tabs and devices. */
  readonly metas: number;
}

const NOBODY: PresenceCount = { keys: 0, metas: 0 };
const NO_KEYS: ReadonlyMap<string, never> = new Map<string, never>();
const NO_ENTRIES: ReadonlySet<never> = new Set<never>();

/** Holds the visible entries. Adding and removing take constant time. */
export class Roster<M> {
  readonly #topics = new Map<string, TopicEntries<M>>();

  /** Returns the topics that have entries. */
  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  /** Returns the entries of `topic`, by key. */
  keysOf(topic: string): ReadonlyMap<string, ReadonlySet<Entry<M>>> {
    return this.#topics.get(topic)?.keys ?? NO_KEYS;
  }

  /** Returns the entries of `key` in `topic`. */
  entriesOf(topic: string, key: string): ReadonlySet<Entry<M>> {
    return this.#topics.get(topic)?.keys.get(key) ?? NO_ENTRIES;
  }

  /** Returns the number of keys and metas in `topic`. */
  count(topic: string): PresenceCount {
    const found = this.#topics.get(topic);
    return found ? { keys: found.keys.size, metas: found.count } : NOBODY;
  }

  /** Makes `entry` visible. */
  add(entry: Entry<M>): void {
    let topic = this.#topics.get(entry.topic);
    if (!topic) this.#topics.set(entry.topic, topic = { keys: new Map(), count: 0 });
    const entries = topic.keys.get(entry.key);
    if (entries) entries.add(entry);
    else topic.keys.set(entry.key, new Set([entry]));
    topic.count++;
  }

  /** Removes `entry`, which must be visible. */
  delete(entry: Entry<M>): void {
    const topic = this.#topics.get(entry.topic);
    const entries = topic?.keys.get(entry.key);
    if (!topic || !entries?.delete(entry)) return;
    if (--topic.count === 0) this.#topics.delete(entry.topic);
    else if (entries.size === 0) topic.keys.delete(entry.key);
  }
}
