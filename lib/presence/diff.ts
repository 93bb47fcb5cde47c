/**
 * How what is visible has changed.
 *
 * @module
 */

import type { Entry } from "./entry.ts";

/** Who came to a topic and who left it. */
export interface TopicDiff<M> {
  /** Entries that became visible. */
  readonly joins: readonly Entry<M>[];
  /** Entries that are visible no more. */
  readonly leaves: readonly Entry<M>[];
}

/** Changes by topic. */
export class Diff<M> {
  readonly #topics = new Map<string, { joins: Entry<M>[]; leaves: Entry<M>[] }>();

  /** Whether nothing has changed. */
  get isEmpty(): boolean {
    return this.#topics.size === 0;
  }

  /** The changes of each topic. */
  get topics(): ReadonlyMap<string, TopicDiff<M>> {
    return this.#topics;
  }

  /** `entry` became visible. */
  join(entry: Entry<M>): this {
    this.#of(entry).joins.push(entry);
    return this;
  }

  /** `entry` is visible no more. */
  leave(entry: Entry<M>): this {
    this.#of(entry).leaves.push(entry);
    return this;
  }

  #of({ topic }: Entry<M>) {
    let changes = this.#topics.get(topic);
    if (!changes) this.#topics.set(topic, changes = { joins: [], leaves: [] });
    return changes;
  }
}
