/**
 * The receiving side: which channels this node has subscribed, and what arrives on them.
 *
 * It outlives connections: a new one subscribes to everything that is wanted before it counts as up.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { type BusNode, isControl } from "../../pubsub/adapter.ts";
import type { BroadcastData } from "../../pubsub/broadcast.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import type { Subjects } from "../../pubsub/subject.ts";
import type { RedisConnection } from "./connection.ts";
import { Subscriptions } from "./_subscriptions.ts";

/** The subscriptions of a node. */
export class Interest {
  readonly #subjects: Subjects;
  readonly #own: string;
  readonly #faultOf: (thrown: unknown) => Error;
  readonly #topics = new Map<string, string>(); // by channel
  readonly #listeners = new Map<string, (message: Buffer) => void>(); // by channel: those of history
  #node: BusNode | undefined;
  #subscriptions: Subscriptions | undefined;
  #expected = ""; // the topic of the channel from which a message is being received
  #arrivals = 0;

  /** Creates the receiving side of the node `nodeName`. */
  constructor(subjects: Subjects, nodeName: string, faultOf: (thrown: unknown) => Error) {
    this.#subjects = subjects;
    this.#own = subjects.node(nodeName);
    this.#faultOf = faultOf;
  }

  /** The number of messages that have arrived. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** Delivers what arrives from now on to `node`. */
  receiveWith(node: BusNode): void {
    this.#node = node;
  }

  /** Adds a topic. Resolves when Redis has confirmed it; at once while there is no connection. */
  subscribe(topic: string): MaybePromise<void> {
    const channel = this.#subjects.topic(topic);
    this.#topics.set(channel, topic);
    return this.#update(channel);
  }

  /** Removes a topic. */
  unsubscribe(topic: string): void {
    const channel = this.#subjects.topic(topic);
    if (this.#topics.delete(channel)) this.#update(channel)?.catch(() => {}); // unsubscribing needs no rights
  }

  /** Adds a channel that is no topic's. Resolves when Redis has confirmed it; at once while there is no connection. */
  listen(channel: string, listener: (message: Buffer) => void): MaybePromise<void> {
    this.#listeners.set(channel, listener);
    return this.#update(channel);
  }

  /** Ends {@linkcode listen}. */
  unlisten(channel: string): void {
    if (this.#listeners.delete(channel)) this.#update(channel)?.catch(() => {});
  }

  /**
   * Subscribes a new connection to all channels.
   *
   * @throws {Error} If Redis refuses one of them.
   */
  async open(client: RedisConnection): Promise<void> {
    const probe = this.#subjects.topic(RIGHTS_PROBE);
    this.#subscriptions = new Subscriptions(client, this.#isWanted, this.#receive);
    await client.subscribe([probe], this.#receive, true); // missing rights are found now, not with the first join
    await client.unsubscribe([probe], this.#receive, true);
    await this.#subscriptions.update([
      this.#subjects.control,
      this.#own,
      ...this.#topics.keys(),
      ...this.#listeners.keys(),
    ]);
  }

  /** Forgets all topics, and not what listens to channels: it does not know that the adapter starts again. */
  clear(): void {
    this.#topics.clear();
  }

  /** Lets go of the connection. */
  close(): void {
    this.#subscriptions?.close();
    this.#subscriptions = undefined;
  }

  readonly #isWanted = (channel: string): boolean => {
    const isStanding = channel === this.#own || channel === this.#subjects.control;
    return isStanding || this.#topics.has(channel) || this.#listeners.has(channel);
  };

  #update(channel: string): Promise<void> | undefined {
    return this.#subscriptions?.update([channel]).catch((thrown) => {
      const fault = this.#faultOf(thrown);
      if (fault instanceof BusSetupError) throw fault;
      // Otherwise the connection was lost: the next one subscribes to the channel.
    });
  }

  readonly #receive = (message: Buffer, from: Buffer): void => {
    this.#arrivals++;
    const channel = from.toString("latin1");
    const topic = this.#topics.get(channel);
    const envelope = new Uint8Array(message.buffer, message.byteOffset, message.length); // not a Buffer of Node
    if (topic !== undefined) {
      this.#expected = topic;
      this.#node?.receiveEnvelope(envelope, this.#isExpected);
    } else if (channel === this.#own) this.#node?.receiveEnvelope(envelope);
    else if (channel === this.#subjects.control) this.#node?.receiveEnvelope(envelope, isControl);
    else this.#listeners.get(channel)?.(message);
  };

  /** Called within `receiveEnvelope`. A field in place of a closure for each message. */
  readonly #isExpected = (broadcast: BroadcastData): boolean => {
    return broadcast.topic === this.#expected && !isControl(broadcast);
  };
}

/** A topic of nobody. It begins with the prefix of control messages, so no client can join it. */
export const RIGHTS_PROBE = "urvogel:rights";
