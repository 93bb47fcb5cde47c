/**
 * Who is visible, by topic and key.
 *
 * @module
 */

import type { Entry } from "./_entry.ts";

/** The entries of one topic. */
interface TopicEntries<M> {
  readonly keys: Map<string, Set<Entry<M>>>;
  count: number;
}

/** How many there are in a topic. */
export interface PresenceCount {
  /** Different keys: people, usually. */
  readonly keys: number;
  /** Their metas: tabs and devices, usually. */
  readonly metas: number;
}

const NOBODY: PresenceCount = { keys: 0, metas: 0 };
const NO_KEYS: ReadonlyMap<string, never> = new Map<string, never>();
const NO_ENTRIES: ReadonlySet<never> = new Set<never>();

/** Visible entries. Adding and removing take constant time, however many there are in the topic or under the key. */
export class Roster<M> {
  readonly #topics = new Map<string, TopicEntries<M>>();

  /** The topics in which anybody is. */
  topics(): Iterable<string> {
    return this.#topics.keys();
  }

  /** Everybody in `topic`, by key. */
  keysOf(topic: string): ReadonlyMap<string, ReadonlySet<Entry<M>>> {
    return this.#topics.get(topic)?.keys ?? NO_KEYS;
  }

  /** The entries of `key`. */
  entriesOf(topic: string, key: string): ReadonlySet<Entry<M>> {
    return this.#topics.get(topic)?.keys.get(key) ?? NO_ENTRIES;
  }

  /** How many there are in `topic`. */
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

  /** Makes `entry`, which has to be visible, invisible. */
  delete(entry: Entry<M>): void {
    const topic = this.#topics.get(entry.topic);
    const entries = topic?.keys.get(entry.key);
    if (!topic || !entries?.delete(entry)) return;
    if (--topic.count === 0) this.#topics.delete(entry.topic);
    else if (entries.size === 0) topic.keys.delete(entry.key);
  }
}
