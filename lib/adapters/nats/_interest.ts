/**
 * The subjects that a node receives: its own, the one for all nodes, and one for each topic with a local subscriber.
 *
 * The number of a subscription leads to its topic, so a message costs one look-up: neither is its subject decoded, nor
 * that of its topic made again.
 *
 * @module
 */

import type { Msg, NatsConnection, Subscription } from "@nats-io/transport-node";
import { isControl } from "../../pubsub/adapter.ts";
import type { BroadcastData } from "../../pubsub/broadcast.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import type { Subjects } from "../../pubsub/subject.ts";
import type { Session } from "./_session.ts";

/** Takes a message, and whether a broadcast belongs on its subject. */
export type Receive = (bytes: Uint8Array, isExpected: (broadcast: BroadcastData) => boolean) => void;

/** The subscriptions of one node, on one connection after the other. */
export class Interest {
  readonly #subjects: Subjects;
  readonly #nodeName: string;
  readonly #receive: Receive;
  readonly #topics = new Map<string, Subscription | undefined>();
  /** By the number of the subscription. */
  readonly #topicOf = new Map<number, string>();
  readonly #left = new Set<string>();
  #session: Session | undefined;
  #control: Subscription | undefined;
  #own: Subscription | undefined;
  #arrivedOn = 0;

  /** Creates an interest in no topic. */
  constructor(subjects: Subjects, nodeName: string, receive: Receive) {
    this.#subjects = subjects;
    this.#nodeName = nodeName;
    this.#receive = receive;
  }

  /** Subscribes on a new connection to everything, without waiting for the server. */
  attach(session: Session): void {
    this.detach();
    this.#session = session;
    this.#control = this.#listen(session.client, this.#subjects.control);
    this.#own = this.#listen(session.client, this.#subjects.node(this.#nodeName));
    for (const topic of this.#topics.keys()) this.#listenTo(session, topic);
  }

  /** Lets go of a connection. The topics remain. */
  detach(): void {
    this.#session = undefined;
    this.#topicOf.clear();
    for (const subscription of [this.#control, this.#own, ...this.#topics.values()]) subscription?.unsubscribe();
    for (const topic of this.#topics.keys()) this.#topics.set(topic, undefined);
  }

  /** Returns the subject of a topic; for those of this node without encoding it again. */
  subjectOf(topic: string): string {
    return this.#topics.get(topic)?.getSubject() ?? this.#subjects.topic(topic);
  }

  /**
   * Subscribes to a topic.
   *
   * @returns Resolves when the server knows, or has been lost; `undefined` if there is no connection.
   * @throws {BusSetupError} If the user of this node has no right to.
   */
  add(topic: string): Promise<void> | undefined {
    const session = this.#session?.isOpen ? this.#session : undefined;
    this.#left.delete(topic);
    if (!this.#topics.has(topic)) {
      this.#topics.set(topic, undefined);
      if (session) this.#listenTo(session, topic);
    }
    return session && this.#confirmed(session, topic);
  }

  /** Ends the subscription to a topic at the end of this turn: who returns within it misses nothing. */
  remove(topic: string): void {
    if (this.#left.size === 0) queueMicrotask(this.#leave);
    this.#left.add(topic);
  }

  readonly #leave = (): void => {
    for (const topic of this.#left) this.#end(topic);
    this.#left.clear();
  };

  #end(topic: string): void {
    const subscription = this.#topics.get(topic);
    this.#topics.delete(topic);
    if (!subscription) return;
    this.#topicOf.delete(subscription.getID());
    subscription.unsubscribe();
  }

  async #confirmed(session: Session, topic: string): Promise<void> {
    await session.confirm();
    const subject = this.#subjects.topic(topic);
    if (!session.takeRefusal("subscription", subject)) return;
    this.#end(topic);
    throw new BusSetupError(session.engine, `the user has no right to subscribe to "${subject}"`);
  }

  #listenTo({ client }: Session, topic: string): void {
    const subscription = this.#listen(client, this.#subjects.topic(topic));
    this.#topics.set(topic, subscription);
    this.#topicOf.set(subscription.getID(), topic);
  }

  #listen(client: NatsConnection, subject: string): Subscription {
    return client.subscribe(subject, { callback: this.#take });
  }

  /** The same function for all subscriptions: there may be many. */
  readonly #take = (error: Error | null, message: Msg): void => {
    if (error) return this.#session?.noteRefusal(error); // before the server confirms, so whoever waits finds it
    this.#arrivedOn = message.sid;
    this.#receive(message.data, this.#isExpected);
  };

  /** Whether the subject of the current message is that of `broadcast`: rights hold for subjects. */
  readonly #isExpected = (broadcast: BroadcastData): boolean => {
    const subscription = this.#arrivedOn;
    if (subscription === this.#own?.getID()) return true;
    const control = isControl(broadcast);
    if (subscription === this.#control?.getID()) return control;
    return !control && this.#topicOf.get(subscription) === broadcast.topic;
  };
}
