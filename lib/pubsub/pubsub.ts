/**
 * PubSub: processes subscribe to topics, broadcasts reach all of them.
 *
 * Broadcasting needs no process. A subscription belongs to a process and goes with it; a broadcast is delivered by whoever
 * makes it, before `broadcast` returns. Through an {@linkcode PubSubAdapter} it reaches other nodes as well.
 *
 * @module
 */

import type { Few } from "../base/few.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Pid } from "../otp/process/pid.ts";
import { addOwned, OwnedBy, removeOwned } from "../otp/process/owned_by.ts";
import { processOf } from "../otp/process/process.ts";
import type { RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { LocalAdapter, type PubSubAdapter } from "./adapter.ts";
import { AdapterServer } from "./_adapter_server.ts";
import { Broadcast, type BroadcastData } from "./broadcast.ts";
import { dispatch, type Subscription } from "./_dispatcher.ts";
import type { Fastlane } from "./fastlane.ts";
import { PubSubTree } from "./_pubsub_tree.ts";
import { reportUndeliverable } from "./telemetry.ts";

/** Options for {@linkcode PubSub}. Restarts are those of the processes of its adapter, trackers and presences. */
export interface PubSubOptions extends RestartLimits {
  /**
   * What connects this node with others.
   *
   * @default {new LocalAdapter()}
   */
  readonly adapter?: PubSubAdapter;
}

/** A subscription that knows where it is. */
interface TopicSubscription extends Subscription {
  readonly topic: string;
}

/**
 * Topics and who listens to them.
 *
 * A PubSub is also the root of the processes that need it: its adapter, trackers, presences. One that ends is started
 * again, up to `maxRestarts` (3) times within `maxSeconds` (5); with one more the PubSub gives up, and its trackers and
 * presences are over, while broadcasts go on. `supervisionTree(pubsub)` shows them.
 *
 * @example Usage
 * ```ts
 * import { Broadcast, PubSub, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const heard = Promise.withResolvers<Broadcast>();
 * const pubsub = new PubSub();
 * const listener = spawn<Broadcast>(async (mailbox) => {
 *   for await (const broadcast of mailbox) return heard.resolve(broadcast);
 * });
 * pubsub.subscribe("news", listener);
 * pubsub.broadcast("news", "headline", { text: "hello" });
 * assertEquals((await heard.promise).payload, { text: "hello" });
 * ```
 */
export class PubSub {
  readonly #topics = new Map<string, Set<TopicSubscription>>();
  readonly #subscriptions = new OwnedBy<Few<TopicSubscription>>((gone) => {
    for (const subscription of gone ?? []) this.#remove(subscription);
  });
  readonly #adapter: PubSubAdapter;
  /**
   * What it carries: for the rest of the library.
   *
   * @internal
   */
  readonly tree: PubSubTree;

  /**
   * Creates a PubSub without subscribers.
   *
   * @param options What connects it, and how many restarts there may be.
   * @param parent Returns the process that stands above its supervisor in the tree, if any.
   * @throws {RangeError} If a limit makes no sense.
   */
  constructor(options: PubSubOptions = {}, parent: () => Pid<never> | undefined = nobody) {
    const { adapter = new LocalAdapter() } = options;
    this.tree = new PubSubTree(options, parent);
    this.#adapter = adapter;
    const receive = ({ topic, event, payload }: BroadcastData) => this.#receive(new Broadcast(topic, event, payload));
    adapter.start(receive);
    if (!this.isLocal) this.tree.add("adapter", new AdapterServer(adapter, receive));
  }

  /**
   * The process that supervises its adapter, trackers and presences; for {@linkcode supervisionTree} and
   * {@linkcode exitWhenEnded}. There is none until it is needed, and another one after it was killed.
   */
  get supervisor(): Pid<never> {
    return this.tree.supervisor;
  }

  /** The name of this node: where {@linkcode directBroadcast} from elsewhere would reach it. */
  get nodeName(): string {
    return this.#adapter.nodeName;
  }

  /** Whether there are no other nodes, and never will be. */
  get isLocal(): boolean {
    return this.#adapter instanceof LocalAdapter;
  }

  /** How many topics have subscribers on this node. */
  get topicCount(): number {
    return this.#topics.size;
  }

  /** How many subscriptions there are to `topic` on this node. */
  subscriberCount(topic: string): number {
    return this.#topics.get(topic)?.size ?? 0;
  }

  /**
   * Subscribes `pid` to `topic` until it ends. Two subscriptions of one process get two copies, as in Phoenix.
   *
   * @param topic The topic.
   * @param pid Who gets each {@linkcode Broadcast}.
   * @param fastlane A connection that gets them instead, but for the events it leaves to the process.
   * @returns Ends this subscription.
   */
  subscribe(topic: string, pid: Pid<Broadcast>, fastlane?: Fastlane): () => void {
    const process = processOf(pid);
    if (!process.alive) return () => {};
    const subscription: TopicSubscription = { process, fastlane, topic };
    const subscribers = this.#topics.get(topic);
    if (subscribers) subscribers.add(subscription);
    else this.#topics.set(topic, new Set([subscription]));
    addOwned(this.#subscriptions, process, subscription);
    return () => this.#end(subscription);
  }

  /** Ends all subscriptions of `pid` to `topic`. */
  unsubscribe(topic: string, pid: Pid<Broadcast>): void {
    for (const subscription of [...this.#topics.get(topic) ?? []]) {
      if (subscription.process === pid) this.#end(subscription);
    }
  }

  /**
   * Delivers an event to all subscribers of `topic`, on all nodes.
   *
   * @param topic Who gets it.
   * @param event What happened.
   * @param payload More about it: an object or a `Uint8Array`.
   * @throws {TypeError} If the payload is something that subscribed clients cannot get.
   */
  broadcast(topic: string, event: string, payload: unknown): void {
    this.#everywhere(new Broadcast(topic, event, payload), undefined);
  }

  /** As {@linkcode broadcast}, but for the process `from`. */
  broadcastFrom(from: Pid<never>, topic: string, event: string, payload: unknown): void {
    this.#everywhere(new Broadcast(topic, event, payload), from);
  }

  /** As {@linkcode broadcast}, on this node only. */
  localBroadcast(topic: string, event: string, payload: unknown): void {
    this.#deliver(new Broadcast(topic, event, payload), undefined);
  }

  /** As {@linkcode broadcastFrom}, on this node only. */
  localBroadcastFrom(from: Pid<never>, topic: string, event: string, payload: unknown): void {
    this.#deliver(new Broadcast(topic, event, payload), from);
  }

  /** As {@linkcode broadcast}, on the node `nodeName` only. */
  directBroadcast(nodeName: string, topic: string, event: string, payload: unknown): void {
    const broadcast = new Broadcast(topic, event, payload);
    if (nodeName === this.#adapter.nodeName) this.#deliver(broadcast, undefined);
    else this.#adapter.directBroadcast(nodeName, broadcast);
  }

  /**
   * Stops its presences and trackers, which tell the other nodes what happened last, and then its adapter. Broadcasts
   * on this node still work.
   */
  async stop(): Promise<void> {
    await this.tree.stop();
    if (this.isLocal) await this.#adapter.stop();
  }

  #everywhere(broadcast: Broadcast, from: Pid<never> | undefined): void {
    this.#adapter.broadcast(broadcast); // first, as Phoenix: what did not go out is not delivered here either
    this.#deliver(broadcast, from);
  }

  /** Delivers what another node sent. If it is wrong, its sender is not here to be told. */
  #receive(broadcast: Broadcast): void {
    try {
      this.#deliver(broadcast, undefined);
    } catch (thrown) {
      reportUndeliverable(broadcast, exitReasonOf(thrown));
    }
  }

  #deliver(broadcast: Broadcast, from: Pid<never> | undefined): void {
    const subscribers = this.#topics.get(broadcast.topic);
    if (subscribers) dispatch(subscribers, broadcast, from);
  }

  #end(subscription: TopicSubscription): void {
    removeOwned(this.#subscriptions, subscription.process, subscription);
    this.#remove(subscription);
  }

  #remove(subscription: TopicSubscription): void {
    const subscribers = this.#topics.get(subscription.topic);
    if (subscribers?.delete(subscription) && subscribers.size === 0) this.#topics.delete(subscription.topic);
  }
}

function nobody(): undefined {
  return undefined;
}
