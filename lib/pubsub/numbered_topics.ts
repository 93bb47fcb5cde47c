/**
 * Topics whose broadcasts are numbered and kept. `lib/history` implements them; PubSub asks them before its adapter.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { Broadcast } from "./broadcast.ts";
import type { TopicWatcher } from "./_topics.ts";

/** Numbers the broadcasts of some topics. It is notified of subscribers on this node, also of other topics. */
export interface NumberedTopics extends TopicWatcher {
  /** Returns whether broadcasts of this event to this topic are numbered. */
  has(topic: string, event: string): boolean;
  /**
   * Numbers a broadcast of this node, keeps it, and announces it to all nodes. Each of them, this one included, delivers
   * it with its position by `PubSub.deliverNumbered`.
   *
   * @param from The process that must not receive it.
   * @throws If it is known that it cannot be kept. Later failures are reported.
   */
  publish(broadcast: Broadcast, from: Pid<never> | undefined): void;
  /**
   * Takes a broadcast of another node that is none of the subscribers' business: a message between nodes, or one that
   * should have been numbered.
   *
   * @returns Whether it was one.
   */
  take(broadcast: Broadcast): boolean;
  /**
   * Prepares a topic for a subscriber, who comes within ten seconds.
   *
   * @returns Resolves when its numbered broadcasts arrive; `undefined` if they do already, or the topic has no history.
   * Rejects if that takes too long.
   */
  ready(topic: string): Promise<void> | undefined;
  /** Stops all topics. */
  stop(): MaybePromise<void>;
}
