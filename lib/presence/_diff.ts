/**
 * Changes of the visible entries.
 *
 * @module
 */

import type { Entry } from "./_entry.ts";

/** The entries that joined and left a topic: the difference of before and after, so no entry is in both. */
export interface TopicDiff<E> {
  /** Entries that became visible. */
  readonly joins: ReadonlySet<E>;
  /** Entries that are no longer visible. */
  readonly leaves: ReadonlySet<E>;
}

/** Collects the changes of one topic. Changes that cancel out are removed. */
export class TopicChanges<E> implements TopicDiff<E> {
  readonly joins: Set<E> = new Set<E>();
  readonly leaves: Set<E> = new Set<E>();

  /** Whether there are no changes. */
  get isEmpty(): boolean {
    return this.joins.size === 0 && this.leaves.size === 0;
  }

  /** Records that `entry` became visible. */
  join(entry: E): void {
    if (!this.leaves.delete(entry)) this.joins.add(entry);
  }

  /** Records that `entry` is no longer visible. */
  leave(entry: E): void {
    if (!this.joins.delete(entry)) this.leaves.add(entry);
  }

  /** Appends later changes. */ append({ joins, leaves }: TopicDiff<E>): void {
    for (const entry of leaves) this.leave(entry);
    for (const entry of joins) this.join(entry);
  }
}

/** Collects the changes of all topics. */
export class Diff<M> {
  readonly #topics = new Map<string, TopicChanges<Entry<M>>>();

  /** Whether there are no changes. */
  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  /** The changes of each topic. */
  get topics(): ReadonlyMap<string, TopicDiff<Entry<M>>> {
    return this.#topics;
  }

  /** Records that `entry` became visible. */
  join(entry: Entry<M>): this {
    const changes = this.#changesOf(entry);
    changes.join(entry);
    return this.#tidied(entry, changes);
  }

  /** Records that `entry` is no longer visible. */
  leave(entry: Entry<M>): this {
    const changes = this.#changesOf(entry);
    changes.leave(entry);
    return this.#tidied(entry, changes);
  }

  /** Appends later changes. */
  append(next: Diff<M>): this {
    for (const { joins, leaves } of next.topics.values()) {
      for (const entry of leaves) this.leave(entry);
      for (const entry of joins) this.join(entry);
    }
    return this;
  }

  #changesOf({ topic }: Entry<M>): TopicChanges<Entry<M>> {
    let changes = this.#topics.get(topic);
    if (!changes) this.#topics.set(topic, changes = new TopicChanges());
    return changes;
  }

  #tidied({ topic }: Entry<M>, changes: TopicChanges<Entry<M>>): this {
    if (changes.isEmpty) this.#topics.delete(topic);
    return this;
  }
}
