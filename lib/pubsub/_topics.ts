/**
 * The subscribers of each topic.
 *
 * @module
 */

import type { Few } from "../base/few.ts";
import { addOwned, OwnedBy, removeOwned } from "../otp/process/owned_by.ts";
import type { Pid } from "../otp/process/pid.ts";
import { processOf } from "../otp/process/process.ts";
import type { Broadcast } from "./broadcast.ts";
import type { Subscription } from "./_dispatcher.ts";
import type { Fastlane } from "./fastlane.ts";

/** A subscription with its topic. */
interface TopicSubscription extends Subscription {
  readonly topic: string;
}

/** Is notified when a topic gets its first subscriber, and when the last one has left. */
export interface TopicWatcher {
  /** There is a first one. */
  begin(topic: string): void;
  /** There is none any more. */
  end(topic: string): void;
}

/** The subscriptions by topic. Those of a process end with it. */
export class Topics {
  readonly #topics = new Map<string, Set<TopicSubscription>>();
  readonly #subscriptions = new OwnedBy<Few<TopicSubscription>>((gone) => {
    for (const subscription of gone ?? []) this.#remove(subscription);
  });
  readonly #watcher: TopicWatcher | undefined;
  #second: TopicWatcher | undefined;

  /** Creates an index without subscriptions. */
  constructor(watcher?: TopicWatcher) {
    this.#watcher = watcher;
  }

  /** Notifies one more watcher: of the topics that have subscribers now, and of later ones. `undefined` ends that. */
  watch(watcher: TopicWatcher | undefined): void {
    this.#second = watcher;
    for (const topic of this.#topics.keys()) watcher?.begin(topic);
  }

  /** The number of topics with subscriptions. */
  get size(): number {
    return this.#topics.size;
  }

  /** A live view of the topics and their subscriptions. */
  get all(): ReadonlyMap<string, ReadonlySet<Subscription>> {
    return this.#topics;
  }

  /** Returns the subscriptions to a topic. */
  get(topic: string): ReadonlySet<Subscription> | undefined {
    return this.#topics.get(topic);
  }

  /** Adds a subscription, unless the process has ended. Returns a function that ends it. */
  subscribe(topic: string, pid: Pid<Broadcast>, fastlane: Fastlane | undefined): () => void {
    const process = processOf(pid);
    if (!process.alive) return () => {};
    const subscription: TopicSubscription = { process, fastlane, topic };
    const subscribers = this.#topics.get(topic);
    if (subscribers) subscribers.add(subscription);
    else {
      this.#topics.set(topic, new Set([subscription]));
      this.#watcher?.begin(topic);
      this.#second?.begin(topic);
    }
    addOwned(this.#subscriptions, process, subscription);
    return () => this.#end(subscription);
  }

  /** Ends all subscriptions of a process to a topic. */
  unsubscribe(topic: string, pid: Pid<Broadcast>): void {
    for (const subscription of [...this.#topics.get(topic) ?? []]) {
      if (subscription.process === pid) this.#end(subscription);
    }
  }

  #end(subscription: TopicSubscription): void {
    removeOwned(this.#subscriptions, subscription.process, subscription);
    this.#remove(subscription);
  }

  #remove(subscription: TopicSubscription): void {
    const { topic } = subscription;
    const subscribers = this.#topics.get(topic);
    if (!subscribers?.delete(subscription) || subscribers.size > 0) return;
    this.#topics.delete(topic);
    this.#watcher?.end(topic);
    this.#second?.end(topic);
  }
}
