/**
 * What the members of a topic are told when somebody comes or goes.
 *
 * @module
 */

import { PRESENCE_COUNT, PRESENCE_DIFF } from "../protocol/events.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { PresenceDiff } from "./presences.ts";
import type { PresenceCount } from "./roster.ts";

/** Tells the members of a topic on this node. The other nodes have a presence of their own, which tells theirs. */
export interface Publisher<P> {
  /** Whether it looks at diffs at all. */
  readonly needsDiff: boolean;
  /** Tells of a change in `topic`. */
  publish(topic: string, diff: PresenceDiff<P>): void;
}

/** Tells who came and who went, as Phoenix does. */
export class DiffPublisher<P> implements Publisher<P> {
  readonly needsDiff = true;
  readonly #pubsub: PubSub;

  /** Creates a publisher. */
  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  /** Tells. */
  publish(topic: string, diff: PresenceDiff<P>): void {
    this.#pubsub.localBroadcast(topic, PRESENCE_DIFF, diff);
  }
}

/** Tells how many there are, when that has changed. */
export class CountPublisher<P> implements Publisher<P> {
  readonly needsDiff = false;
  readonly #pubsub: PubSub;
  readonly #count: (topic: string) => PresenceCount;
  readonly #told = new Map<string, PresenceCount>();

  /** Creates a publisher. */
  constructor(pubsub: PubSub, count: (topic: string) => PresenceCount) {
    this.#pubsub = pubsub;
    this.#count = count;
  }

  /** Tells. */
  publish(topic: string): void {
    const told = this.#told.get(topic);
    const count = this.#count(topic);
    if (told?.keys === count.keys && told.metas === count.metas) return;
    if (count.metas > 0) this.#told.set(topic, count);
    else this.#told.delete(topic);
    this.#pubsub.localBroadcast(topic, PRESENCE_COUNT, count);
  }
}
