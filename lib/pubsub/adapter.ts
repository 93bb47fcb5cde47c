/**
 * Adapters, which connect a PubSub with other threads and machines.
 *
 * What connects nodes is the bus: an adapter, and behind it usually an engine such as NATS. An adapter only carries
 * broadcasts. The PubSub decides what may be sent and received, counts who is interested in a topic, and reports
 * failures; `adapterConformance` of `@urvogel/realtime/testing` holds an adapter to this contract. `README.md` in this
 * folder has a small adapter that passes.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { DISCONNECT } from "../protocol/events.ts";
import type { Broadcast, BroadcastData } from "./broadcast.ts";
import type { PubSub } from "./pubsub.ts";

/**
 * The connection with the engine was lost, or is back with all its subscriptions.
 *
 * @category PubSub
 */
export interface BusStatusChange {
  /** Whether messages can be sent and received now. */
  readonly status: "up" | "down";
  /** Why it is down. Its text must not hold credentials. */
  readonly error?: Error | undefined;
}

/**
 * Messages of a node are known to have been lost on their way to this one.
 *
 * @category PubSub
 */
export interface BusGap {
  /** How many, if that is known; otherwise 1. */
  readonly gap: number;
  /** The name of the sending node. */
  readonly from: string;
}

/**
 * A change of the connection of an adapter: lost, back, or messages lost.
 *
 * @category PubSub
 */
export type BusChange = BusStatusChange | BusGap;

/**
 * Something that an adapter noticed and that no call waits for. The PubSub emits the event, or logs it.
 *
 * - `unconfirmed`: the connection was lost before the engine had confirmed so many broadcasts (`urvogel:bus:unconfirmed`).
 *   Those that are {@linkcode isRepeated} are not counted.
 * - `engineError`: the engine reported an error, such as a missing right (`urvogel:bus:engine_error`), and did not carry
 *   `refused` broadcasts for it (0 unless said). Their `broadcast` had returned.
 * - `cutOff`: the node of this name reads nothing, and was cut off (`urvogel:bus:cut_off`).
 *
 * The text of an error must not hold credentials.
 *
 * @category PubSub
 */
export type BusFault =
  | { readonly unconfirmed: number; readonly error: Error }
  | { readonly engineError: Error; readonly engine: string; readonly refused?: number }
  | { readonly cutOff: string; readonly waitingBytes: number };

/**
 * The side of a PubSub that its adapter calls. Nothing here throws: what comes from the bus is checked, and what is
 * malformed is counted.
 *
 * @category PubSub
 */
export interface BusNode {
  /**
   * Delivers a broadcast of another node. One of this node's own (`from` is its name) is ignored, so an adapter need
   * not filter the echo of its engine.
   */
  receive(broadcast: BroadcastData, from: string): void;
  /**
   * Delivers an envelope that `encodeEnvelope` made on another node.
   *
   * @param envelope The bytes, as they arrived.
   * @param isExpected Whether the subject or channel on which they arrived is that of this topic. A message on another
   * one is malformed.
   */
  receiveEnvelope(envelope: Uint8Array, isExpected?: (broadcast: BroadcastData) => boolean): void;
  /** Records what happened to the connection. */
  changed(change: BusChange): void;
  /** Reports something that no call waits for. */
  noticed(fault: BusFault): void;
}

/**
 * Carries broadcasts between nodes. A node is one PubSub, usually one per thread.
 *
 * **Delivery:** at most once, in the order in which one node sent the broadcasts of one topic. Which topic goes where
 * is up to the adapter, except for control messages ({@linkcode isControl}), which all nodes receive.
 *
 * @category PubSub
 */
export interface PubSubAdapter {
  /**
   * The name of this node: 1 to 64 letters, digits, `-` and `_`, unique among all nodes. Another one for each run, such
   * as `` `${hostname}-${ulid()}` ``: a node that restarts is another node. Of two that have the same name at the same
   * time neither gets what the other broadcasts, which `urvogel:node:name_taken` reports.
   */
  readonly nodeName: string;
  /** Whether what is sent now can arrive. Noticed within five seconds when an engine stops responding. */
  readonly isConnected: boolean;
  /**
   * Connects, and receives from then on. Called again after {@linkcode PubSubAdapter.stop | stop}: if it has failed, a
   * while later, and if the adapter's process was ended by force.
   *
   * @param node What to call with each broadcast of another node.
   * @returns Resolves when the node can send and receive. While the engine cannot be reached it keeps trying.
   * @throws {BusSetupError} If no retry will help: wrong credentials, missing rights, an untrusted certificate. Must
   * not reveal the credentials.
   */
  start(node: BusNode): MaybePromise<void>;
  /**
   * Sends `broadcast` to all other nodes that have subscribed to its topic; to all nodes if it {@linkcode isControl}.
   *
   * @throws {BusDownError} If the adapter is not connected. The broadcast is then not delivered on this node either.
   * @throws {TooLargeError} If the engine cannot carry it.
   */
  broadcast(broadcast: Broadcast): void;
  /**
   * Sends `broadcast` to one node, whether or not it has subscribed to the topic. Nothing happens if there is none of
   * this name.
   *
   * @throws As {@linkcode PubSubAdapter.broadcast | broadcast}.
   */
  directBroadcast(nodeName: string, broadcast: Broadcast): void;
  /**
   * Called when a topic got its first subscriber on this node. Without this method all topics must arrive anyway.
   *
   * @returns Resolves when what other nodes broadcast to the topic from now on arrives here. While the engine is down
   * it resolves at once, and the adapter subscribes when it is back. Never called twice for a topic, unless the adapter
   * was started again or the first call has failed.
   */
  subscribe?(topic: string): MaybePromise<void>;
  /** Called some time after the last subscriber of a topic on this node has left. */
  unsubscribe?(topic: string): void;
  /**
   * Called when the node is connected for the first time, unless its PubSub has a history already. An adapter that has
   * an engine for history returns `learnHistory(pubsub)`, so that programs without routes number what they broadcast.
   *
   * @param pubsub The PubSub of this adapter.
   * @returns Resolves when it is known which topics have history; `PubSub.ready` waits for it, and rejects if it does.
   */
  useHistory?(pubsub: PubSub): MaybePromise<void>;
  /**
   * Disconnects. May be called twice, and while `start` is under way, which then rejects or resolves. An adapter may
   * forget its topics: after another `start` the PubSub subscribes to them again.
   */
  stop(): MaybePromise<void>;
}

/**
 * Returns whether a broadcast is for all nodes, also for those without a subscriber of its topic: the library's own
 * messages between nodes, and the `"disconnect"` of a socket's id. Otherwise each connection would be a subscription of
 * its own.
 *
 * @category PubSub
 */
export function isControl({ topic, event }: Pick<BroadcastData, "topic" | "event">): boolean {
  return event === DISCONNECT || topic.startsWith(CONTROL_PREFIX);
}

/**
 * Returns whether a broadcast is one of the library's own messages between nodes. It is not counted as lost: its sender
 * sends another one, its caller gets an error, or it may be lost, such as a cast.
 *
 * @category PubSub
 */
export function isRepeated({ topic }: Pick<BroadcastData, "topic">): boolean {
  return topic.startsWith(CONTROL_PREFIX);
}

/** The topics of the library's own messages between nodes. Clients cannot join them. */
export const CONTROL_PREFIX = "urvogel:";

/**
 * The topic by which nodes know each other. Only its messages are delivered to a node that has the name of their
 * sender: so two nodes with one name notice.
 */
export const NODES_TOPIC = `${CONTROL_PREFIX}nodes`;
