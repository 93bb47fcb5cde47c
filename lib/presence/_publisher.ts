/**
 * Publishes changes of a topic to its members.
 *
 * @module
 */

import { PRESENCE_COUNT, PRESENCE_DIFF } from "../protocol/events.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { PresenceDiff } from "./presences.ts";
import type { PresenceCount } from "./roster.ts";

/**
 * Publishes changes to the members of a topic on this node. The presences of other nodes do this for their own members.
 */
export interface Publisher<P> {
  /** Whether it uses the diffs. */
  readonly needsDiff: boolean;
  /** Publishes a change in `topic`. */
  publish(topic: string, diff: PresenceDiff<P>): void;
}

/** Publishes who joined and who left, as Phoenix does. */
export class DiffPublisher<P> implements Publisher<P> {
  readonly needsDiff = true;
  readonly #pubsub: PubSub;

  /** Creates a publisher. */
  constructor(pubsub: PubSub) {
    this.#pubsub = pubsub;
  }

  /** Broadcasts the diff as `presence_diff`. */
  publish(topic: string, diff: PresenceDiff<P>): void {
    this.#pubsub.localBroadcast(topic, PRESENCE_DIFF, diff);
  }
}

/** Publishes the number of members when it has changed. */
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

  /** Broadcasts the number of members as `presence_count`, if it has changed. */
  publish(topic: string): void {
    const told = this.#told.get(topic);
    const count = this.#count(topic);
    if (told?.keys === count.keys && told.metas === count.metas) return;
    if (count.metas > 0) this.#told.set(topic, count);
    else this.#told.delete(topic);
    this.#pubsub.localBroadcast(topic, PRESENCE_COUNT, count);
  }
}
