/**
 * PubSub: processes subscribe to topics and receive the broadcasts to them.
 *
 * Broadcasting needs no process. A subscription belongs to a process and ends with it. A broadcast is delivered before
 * `broadcast` returns. With a {@linkcode PubSubAdapter} it reaches other nodes as well.
 *
 * @module
 */

import type { Few } from "../base/few.ts";
import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Pid } from "../otp/process/pid.ts";
import { addOwned, OwnedBy, removeOwned } from "../otp/process/owned_by.ts";
import { processOf } from "../otp/process/process.ts";
import type { RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { LocalAdapter } from "./local_adapter.ts";
import type { BusChange, PubSubAdapter } from "./adapter.ts";
import { AdapterServer } from "./_adapter_server.ts";
import { Broadcast } from "./broadcast.ts";
import { Bus } from "./_bus.ts";
import { dispatch, type Subscription } from "./_dispatcher.ts";
import type { Fastlane } from "./fastlane.ts";
import { type NodeTimeOptions, type NodeTimes, readNodeTimes } from "./node_times.ts";
import { PubSubTree } from "./_pubsub_tree.ts";
import { reportUndeliverable } from "./telemetry.ts";

/**
 * Options for {@linkcode PubSub}. The restart limits apply to the processes of its adapter, trackers and presences.
 *
 * @category PubSub
 */
export interface PubSubOptions extends RestartLimits, NodeTimeOptions {
  /**
   * Connects this node with other nodes.
   *
   * @default {new LocalAdapter()}
   */
  readonly adapter?: PubSubAdapter;
}

/** A subscription with its topic. */
interface TopicSubscription extends Subscription {
  readonly topic: string;
}

/**
 * Delivers broadcasts to the processes that subscribed to a topic.
 *
 * A PubSub also supervises the processes that depend on it: its adapter, trackers and presences. A process that ends is
 * restarted, up to `maxRestarts` (3) times within `maxSeconds` (5). After one more the PubSub gives up: its trackers
 * and presences end for good, while broadcasts continue. `supervisionTree(pubsub)` shows the processes.
 *
 * @category PubSub
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
  readonly #bus: Bus;
  /** When other nodes are considered silent, for `lib/cluster`. */
  readonly nodeTimes: NodeTimes;
  /**
   * The supervised servers, for internal use by the library.
   *
   * @internal
   */
  readonly tree: PubSubTree;

  /**
   * Creates a PubSub without subscribers.
   *
   * @param options The adapter and the restart limits.
   * @param parent Returns the parent of its supervisor in the supervision tree, if any.
   * @throws {RangeError} If a limit makes no sense.
   */
  constructor(options: PubSubOptions = {}, parent: () => Pid<never> | undefined = nobody) {
    const { adapter = new LocalAdapter() } = options;
    this.tree = new PubSubTree(options, parent);
    this.nodeTimes = readNodeTimes(options);
    this.#adapter = adapter;
    this.#bus = new Bus(adapter.nodeName, (broadcast) => this.#receive(broadcast));
    void adapter.start(this.#bus);
    if (!this.isLocal) this.tree.add("adapter", new AdapterServer(adapter, this.#bus));
  }

  /**
   * The process that supervises its adapter, trackers and presences; for {@linkcode supervisionTree} and {@linkcode
   * exitWhenEnded}. It is started when first needed, and replaced by another if it is killed.
   */
  get supervisor(): Pid<never> {
    return this.tree.supervisor;
  }

  /** The name of this node, by which {@linkcode directBroadcast} on other nodes reaches it. */
  get nodeName(): string {
    return this.#adapter.nodeName;
  }

  /** Whether this node runs alone: its adapter connects it with no other nodes. */
  get isLocal(): boolean {
    return this.#adapter instanceof LocalAdapter;
  }

  /** Whether what is broadcast now can reach other nodes. Always true without an adapter. */
  get isConnected(): boolean {
    return this.#adapter.isConnected;
  }

  /** Calls `listener` with each change of the bus, until the returned function is called. */
  onBusChange(listener: (change: BusChange) => void): () => void {
    return this.#bus.onChange(listener);
  }

  /** The number of topics that have subscribers on this node. */
  get topicCount(): number {
    return this.#topics.size;
  }

  /** Returns the number of subscriptions to `topic` on this node. */
  subscriberCount(topic: string): number {
    return this.#topics.get(topic)?.size ?? 0;
  }

  /**
   * Returns the subscriptions to `topic` on this node, for internal use by the library.
   *
   * @internal
   */
  subscriptionsTo(topic: string): Iterable<Subscription> {
    return this.#topics.get(topic) ?? [];
  }

  /**
   * Subscribes `pid` to `topic` until it ends. A process that subscribes twice receives two copies, as in Phoenix.
   *
   * @param topic The topic.
   * @param pid The process that receives each {@linkcode Broadcast}.
   * @param fastlane A connection that receives the broadcasts instead, except for the events that it leaves to the
   * process.
   * @returns A function that ends this subscription.
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
   * @param topic The topic, whose subscribers receive the event.
   * @param event The name of the event.
   * @param payload The data of the event: an object or a `Uint8Array`.
   * @throws {TypeError} If subscribed clients cannot receive the payload.
   */
  broadcast(topic: string, event: string, payload: unknown): void {
    this.#everywhere(new Broadcast(topic, event, payload), undefined);
  }

  /** Like {@linkcode broadcast}, but not to the process `from`. */
  broadcastFrom(from: Pid<never>, topic: string, event: string, payload: unknown): void {
    this.#everywhere(new Broadcast(topic, event, payload), from);
  }

  /** Like {@linkcode broadcast}, on this node only. */
  localBroadcast(topic: string, event: string, payload: unknown): void {
    this.#deliver(new Broadcast(topic, event, payload), undefined);
  }

  /** Like {@linkcode broadcastFrom}, on this node only. */
  localBroadcastFrom(from: Pid<never>, topic: string, event: string, payload: unknown): void {
    this.#deliver(new Broadcast(topic, event, payload), from);
  }

  /** Like {@linkcode broadcast}, on the node `nodeName` only. */
  directBroadcast(nodeName: string, topic: string, event: string, payload: unknown): void {
    const broadcast = new Broadcast(topic, event, payload);
    if (nodeName === this.#adapter.nodeName) this.#deliver(broadcast, undefined);
    else this.#adapter.directBroadcast(nodeName, broadcast);
  }

  /**
   * Disconnects from the other nodes: stops the presences and trackers, which send their last changes, and then the
   * adapter. Broadcasts on this node still work.
   */
  async stop(): Promise<void> {
    await this.tree.stop();
    if (this.isLocal) await this.#adapter.stop();
  }

  #everywhere(broadcast: Broadcast, from: Pid<never> | undefined): void {
    this.#adapter.broadcast(broadcast); // first, as in Phoenix: what was not sent is not delivered here either
    this.#deliver(broadcast, from);
  }

  /** Delivers a broadcast of another node. An invalid one is reported here, since its sender is on the other node. */
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
