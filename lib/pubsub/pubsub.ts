/**
 * PubSub: processes subscribe to topics and receive the broadcasts to them.
 *
 * Broadcasting needs no process. A subscription belongs to a process and ends with it. A broadcast is delivered before
 * `broadcast` returns. With a {@linkcode PubSubAdapter} it reaches other nodes as well.
 *
 * The class has more members than others, since three kinds of users share it: programs have Phoenix's functions, and
 * what they need to know of the bus; eight members are for the library itself.
 *
 * @module
 */

import { exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Pid } from "../otp/process/pid.ts";
import type { RestartLimits } from "../otp/supervisor/restart_intensity.ts";
import { DISCONNECT } from "../protocol/events.ts";
import type { BusChange, PubSubAdapter } from "./adapter.ts";
import { Broadcast } from "./broadcast.ts";
import { type BusOptions, busSettings } from "./bus_options.ts";
import { dispatch, type Subscription } from "./_dispatcher.ts";
import type { Fastlane } from "./fastlane.ts";
import { NodeBus } from "./_node_bus.ts";
import { dispatchNumbered, dispatchState } from "./_numbered_delivery.ts";
import { ownReporting, type PubSubLogOptions } from "./log_options.ts";
import type { NumberedTopics } from "./numbered_topics.ts";
import { type NodeTimeOptions, type NodeTimes, readNodeTimes } from "./node_times.ts";
import { PubSubTree } from "./_pubsub_tree.ts";
import { reportUndeliverable } from "./telemetry.ts";
import { Topics } from "./_topics.ts";

/**
 * Options for {@linkcode PubSub}. The restart limits apply to the processes of its adapter, trackers and presences.
 *
 * @category PubSub
 */
export interface PubSubOptions extends RestartLimits, BusOptions, NodeTimeOptions, PubSubLogOptions {
  /**
   * Connects this node with other nodes.
   *
   * @default {undefined}, a node that runs alone
   */
  readonly adapter?: PubSubAdapter | undefined;
}

/** The name of a node that runs alone. */
const LOCAL_NAME = "local";
/** A node that runs alone waits for nothing. */
const READY = Promise.resolve();

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
  readonly #bus: NodeBus | undefined;
  readonly #topics: Topics;
  readonly #ids = new Topics(); // the ids of sockets, which no engine has to know
  #numbered: NumberedTopics | undefined;
  /** Connects this node with the others; `undefined` if it runs alone. */
  readonly adapter: PubSubAdapter | undefined;
  /** When other nodes are considered silent, for `lib/cluster`. */
  readonly nodeTimes: NodeTimes;
  /**
   * The supervised servers, for internal use by the library.
   *
   * @internal
   */
  readonly tree: PubSubTree;

  /**
   * Creates a PubSub without subscribers, and begins to connect it.
   *
   * @param options The adapter, what to do while its bus is down, and the restart limits.
   * @param parent Returns the parent of its supervisor in the supervision tree, if any.
   * @throws {RangeError} If a limit or a time is out of range.
   * @throws {TypeError} If another option, or the name of the node, is invalid.
   */
  constructor(options: PubSubOptions = {}, parent: () => Pid<never> | undefined = nobody) {
    const { adapter } = options;
    const settings = busSettings(options);
    this.tree = new PubSubTree(options, parent, ownReporting(options, adapter?.nodeName));
    this.nodeTimes = readNodeTimes(options);
    this.adapter = adapter;
    this.#bus = adapter &&
      new NodeBus(adapter, settings, {
        deliver: (broadcast) => this.#receive(broadcast),
        prepare: () => this.#prepare(),
        log: () => this.tree.log,
      });
    this.#topics = new Topics(this.#bus?.interest);
    if (!this.#bus) return;
    this.#bus.server.connect();
    this.tree.add("adapter", this.#bus.server);
  }

  /**
   * The process that supervises its adapter, trackers and presences; for {@linkcode supervisionTree} and {@linkcode
   * exitWhenEnded}. It is started when first needed, and replaced by another if it is killed.
   */
  get supervisor(): Pid<never> {
    return this.tree.supervisor;
  }

  /**
   * The name of this node, by which {@linkcode PubSub.prototype.directBroadcast | directBroadcast} on other nodes
   * reaches it. `"local"` if it runs alone.
   */
  get nodeName(): string {
    return this.adapter?.nodeName ?? LOCAL_NAME;
  }

  /** Whether this node runs alone: it has no adapter, and never will. */
  get isLocal(): boolean {
    return this.adapter === undefined;
  }

  /**
   * Settles once this node is connected with the bus for the first time, and it is known which topics have history,
   * where the adapter has an engine for that (within five seconds). A node that runs alone is ready at once. A program
   * that serves clients awaits it first. If nothing does, a rejection ends the program.
   *
   * It rejects with a {@linkcode BusSetupError} if the bus cannot be used and no retry will help, with a {@linkcode
   * BusDownError} if there is no connection within `connectTimeoutMs` and the bus is required, and with an `Error` if
   * the PubSub is stopped before. The adapter keeps trying after a `BusDownError`, so a program that catches it may
   * continue.
   */
  get ready(): Promise<void> {
    return this.#bus?.ready ?? READY;
  }

  /**
   * Resolves when there is a connection with the bus, or {@linkcode PubSub.prototype.ready | ready} settles without one.
   * It does not handle a rejection of that: for what has to wait for the bus in a program that did not.
   *
   * @internal
   */
  get tried(): Promise<void> {
    return this.#bus?.tried ?? READY;
  }

  /** Whether a broadcast can reach the other nodes now. Always `true` if there are none. */
  get isConnected(): boolean {
    return this.#bus?.isConnected ?? true;
  }

  /** Whether this program needs the bus: it has an adapter, and `requireBus` is `true`. */
  get requiresBus(): boolean {
    return this.#bus?.isRequired ?? false;
  }

  /**
   * Calls `listener` when the connection with the bus is lost or back, or messages of another node are known to be
   * lost.
   *
   * @param listener Called synchronously, once for each change. What it throws is logged.
   * @returns A function that ends this.
   */
  onBusChange(listener: (change: BusChange) => void): () => void {
    return this.#bus?.onChange(listener) ?? nobody;
  }

  /** The number of topics that have subscribers on this node. */
  get topicCount(): number {
    return this.#topics.size + this.#ids.size;
  }

  /** Returns the number of subscriptions to `topic` on this node. */
  subscriberCount(topic: string): number {
    return (this.#topics.get(topic)?.size ?? 0) + (this.#ids.get(topic)?.size ?? 0);
  }

  /**
   * A live view of the topics that have subscribers on this node, without the ids of sockets, for internal use by the
   * library.
   *
   * @internal
   */
  get subscribedTopics(): ReadonlyMap<string, ReadonlySet<Subscription>> {
    return this.#topics.all;
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
   * What this node broadcasts arrives from now on, what other nodes broadcast once the bus has the subscription: await
   * {@linkcode PubSub.prototype.topicReady | topicReady} before this call if nothing may be missed. A channel's own
   * topic is ready when it has joined.
   *
   * @param topic The topic.
   * @param pid The process that receives each {@linkcode Broadcast}.
   * @param fastlane A connection that receives the broadcasts instead, except for the events that it leaves to the
   * process.
   * @returns A function that ends this subscription.
   */
  subscribe(topic: string, pid: Pid<Broadcast>, fastlane?: Fastlane): () => void {
    return this.#topics.subscribe(topic, pid, fastlane);
  }

  /**
   * The topics whose broadcasts are numbered, for internal use by the library.
   *
   * @internal
   */
  get numbered(): NumberedTopics | undefined {
    return this.#numbered;
  }

  /**
   * Numbers the broadcasts of some topics, until {@linkcode PubSub.prototype.stop | stop}. Called again, it only
   * notifies `topics` of all topics with subscribers. For internal use by the library.
   *
   * @internal
   * @param instead What has numbered them until now.
   * @throws {TypeError} If others number its topics already.
   */
  number(topics: NumberedTopics, instead?: NumberedTopics): void {
    if (this.#numbered && this.#numbered !== topics && this.#numbered !== instead) {
      throw new TypeError("Cannot number topics: this PubSub has a history already; use that one, or another PubSub");
    }
    this.#numbered = topics;
    this.#topics.watch(topics);
  }

  /**
   * Delivers a numbered broadcast on this node, for internal use by the library. An invalid one is reported: its sender
   * may be on another node.
   *
   * @internal
   * @param from The process that gets its position only.
   */
  deliverNumbered(broadcast: Broadcast, from: Pid<never> | undefined): void {
    const subscribers = this.#topics.get(broadcast.topic);
    if (subscribers) this.#attempt(broadcast, () => dispatchNumbered(subscribers, broadcast, from));
  }

  /**
   * Sends the clients in a topic on this node where they stand in its history, for internal use by the library.
   *
   * @internal
   */
  deliverState(topic: string, state: object): void {
    dispatchState(this.subscriptionsTo(topic), topic, state);
  }

  /**
   * Prepares the bus for a subscriber of `topic`. The first one on this node has to wait for it, the others do not.
   *
   * @example Usage
   * ```ts
   * import { type Broadcast, PubSub, spawn } from "@urvogel/realtime";
   *
   * const pubsub = new PubSub();
   * const listener = spawn<Broadcast>(async (mailbox) => {
   *   for await (const { event } of mailbox) console.log(event);
   * });
   * await pubsub.topicReady("news");
   * pubsub.subscribe("news", listener); // misses nothing from here on
   * listener.exit("shutdown");
   * ```
   *
   * @param topic The topic. Subscribe to it within ten seconds.
   * @returns Resolves when broadcasts of other nodes arrive; `undefined` if they do already, there are no other nodes,
   * or the bus is down. Rejects if the engine refuses the subscription or does not confirm it within
   * `connectTimeoutMs`.
   */
  topicReady(topic: string): Promise<void> | undefined {
    const isReady = this.#bus?.interest?.ready(topic);
    return this.#numbered === undefined ? isReady : both(isReady, this.#numbered.ready(topic));
  }

  /**
   * Subscribes a connection to the `"disconnect"` event of its id, and no others. These are sent to all nodes anyway,
   * so the engine has no subscription for each connection. For internal use by the library.
   *
   * @internal
   * @returns A function that ends the subscription, which otherwise lasts as long as the process.
   */
  subscribeId(id: string, pid: Pid<Broadcast>): () => void {
    return this.#ids.subscribe(id, pid, undefined);
  }

  /**
   * Returns the subscriptions of {@linkcode PubSub.prototype.subscribeId | subscribeId} on this node, for internal use
   * by the library.
   *
   * @internal
   */
  subscriptionsToId(id: string): Iterable<Subscription> {
    return this.#ids.get(id) ?? [];
  }

  /** Ends all subscriptions of `pid` to `topic`. */
  unsubscribe(topic: string, pid: Pid<Broadcast>): void {
    this.#topics.unsubscribe(topic, pid);
  }

  /**
   * Delivers an event to all subscribers of `topic`, on all nodes.
   *
   * @param topic The topic, whose subscribers receive the event.
   * @param event The name of the event.
   * @param payload The data of the event: an object or a `Uint8Array`.
   * @throws {TypeError} If subscribed clients cannot receive the payload, or the event is one of the protocol's own
   * (`phx_*`) and there are other nodes.
   * @throws {BusDownError} If the bus is down, unless this node may serve alone (`whenBusIsDown`). Nothing is
   * delivered.
   * @throws {TooLargeError} If the bus cannot carry it. Nothing is delivered.
   */
  broadcast(topic: string, event: string, payload: unknown): void {
    this.#everywhere(new Broadcast(topic, event, payload), undefined);
  }

  /** Like {@linkcode PubSub.prototype.broadcast | broadcast}, but not to the process `from`. */
  broadcastFrom(from: Pid<never>, topic: string, event: string, payload: unknown): void {
    this.#everywhere(new Broadcast(topic, event, payload), from);
  }

  /** Like {@linkcode PubSub.prototype.broadcast | broadcast}, on this node only. */
  localBroadcast(topic: string, event: string, payload: unknown): void {
    this.#deliver(new Broadcast(topic, event, payload), undefined);
  }

  /** Like {@linkcode PubSub.prototype.broadcastFrom | broadcastFrom}, on this node only. */
  localBroadcastFrom(from: Pid<never>, topic: string, event: string, payload: unknown): void {
    this.#deliver(new Broadcast(topic, event, payload), from);
  }

  /**
   * Like {@linkcode PubSub.prototype.broadcast | broadcast}, on the node `nodeName` only. While the bus is down it
   * throws, with any options.
   */
  directBroadcast(nodeName: string, topic: string, event: string, payload: unknown): void {
    const broadcast = new Broadcast(topic, event, payload);
    if (nodeName === this.nodeName) this.#deliver(broadcast, undefined);
    else this.#bus?.directBroadcast(nodeName, broadcast);
  }

  /**
   * Disconnects from the other nodes: stops the presences and trackers, which send their last changes, and then the
   * adapter. From then on this node is alone: broadcasts reach its own subscribers.
   */
  async stop(): Promise<void> {
    try {
      await this.tree.stop();
    } finally {
      await this.#stopNumbering();
      await this.#bus?.server.stop(); // which it has not been if its supervisor gave up
    }
  }

  /** The node is connected. Its adapter may number topics, unless an endpoint has chosen who does. */
  #prepare(): Promise<void> | undefined {
    const { adapter } = this;
    if (this.#numbered !== undefined || !adapter?.useHistory) return undefined;
    return (async () => await adapter.useHistory?.(this))();
  }

  async #stopNumbering(): Promise<void> {
    const numbered = this.#numbered;
    this.#numbered = undefined;
    this.#topics.watch(undefined);
    await numbered?.stop();
  }

  #everywhere(broadcast: Broadcast, from: Pid<never> | undefined): void {
    if (this.#numbered !== undefined && this.#numbered.has(broadcast.topic, broadcast.event)) {
      return this.#numbered.publish(broadcast, from);
    }
    this.#bus?.broadcast(broadcast); // first, as in Phoenix: what was not sent is not delivered here either
    this.#deliver(broadcast, from);
  }

  /** Delivers a broadcast of another node. An invalid one is reported here, since its sender is on the other node. */
  #receive(broadcast: Broadcast): void {
    if (this.#numbered !== undefined && this.#numbered.take(broadcast)) return;
    this.#attempt(broadcast, () => this.#deliver(broadcast, undefined));
  }

  #attempt(broadcast: Broadcast, deliver: () => void): void {
    try {
      deliver();
    } catch (thrown) {
      reportUndeliverable(broadcast, exitReasonOf(thrown));
    }
  }

  #deliver(broadcast: Broadcast, from: Pid<never> | undefined): void {
    if (broadcast.event === DISCONNECT) this.#disconnect(broadcast);
    const subscribers = this.#topics.get(broadcast.topic);
    if (subscribers) dispatch(subscribers, broadcast, from);
  }

  #disconnect(broadcast: Broadcast): void {
    for (const { process } of this.#ids.get(broadcast.topic) ?? []) process.send(broadcast);
  }
}

function nobody(): undefined {
  return undefined;
}

function both(a: Promise<void> | undefined, b: Promise<void> | undefined): Promise<void> | undefined {
  return a && b ? Promise.all([a, b]).then(nobody) : a ?? b;
}
