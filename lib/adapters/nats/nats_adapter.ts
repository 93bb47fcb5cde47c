/**
 * The adapter of PubSub for NATS.
 *
 * @module
 */

import { checkAtLeast } from "../../base/check_number.ts";
import { ulid } from "@std/ulid";
import { nextTurn } from "../../base/pause.ts";
import { quoted } from "../../base/printable.ts";
import { type BusNode, type BusStatusChange, isControl, isRepeated, type PubSubAdapter } from "../../pubsub/adapter.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import { encodeEnvelope } from "../../pubsub/envelope.ts";
import { BusDownError, BusSetupError, TooLargeError } from "../../pubsub/errors.ts";
import { assertNodeName, isNodeName } from "../../pubsub/node_name.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import { Subjects } from "../../pubsub/subject.ts";
import type { OwnerEngine } from "../../cluster/owner_engine.ts";
import type { OwnerStore } from "../../cluster/owner_store.ts";
import { learnHistory } from "../../history/adapter_engine.ts";
import type { HistoryEngine } from "../../history/engine.ts";
import { Connection } from "./_connection.ts";
import { type Dial, dialOf } from "./_dial.ts";
import { Interest } from "./_interest.ts";
import { NatsHistory, type NatsHistoryParts } from "./history/_nats_history.ts";
import type { NatsAdapterOptions } from "./options.ts";
import { NatsOwners } from "./owners/_nats_owners.ts";
import { NatsStore } from "./owners/_nats_store.ts";
import { OwnerLink } from "./owners/_owner_link.ts";
import type { Session } from "./_session.ts";

/** Connects a PubSub with others by NATS. Created by {@linkcode natsAdapter}. */
export class NatsAdapter implements PubSubAdapter {
  /** The name of this node. */
  readonly nodeName: string;
  /**
   * Keeps which node has the server of a key, for `KeyedServers`, on the same connection. NATS needs JetStream for it.
   */
  readonly owners: OwnerEngine;
  /**
   * Keeps the states of servers by key, for the option `store` of `KeyedServers`, on the same connection. NATS needs
   * JetStream for it. A state is a message: it has at most the `max_payload` of the server, 1 MiB by default.
   */
  readonly store: OwnerStore;
  readonly #subjects: Subjects;
  readonly #dial: Dial;
  readonly #maxUnconfirmedBytes: number;
  readonly #interest: Interest;
  readonly #historyParts: NatsHistoryParts;
  #history: NatsHistory | undefined;
  readonly #ownerLink: OwnerLink;
  #node: BusNode | undefined;
  #connection: Connection | undefined;

  /**
   * Creates an adapter that is not connected.
   *
   * @throws {TypeError} If a server, name or prefix is malformed, or options contradict each other.
   * @throws {RangeError} If `maxUnconfirmedBytes` or `historyReplicas` is out of range.
   */
  constructor(options: NatsAdapterOptions = {}) {
    const { nodeName = ulid(), prefix = "urvogel", maxUnconfirmedBytes = 67_108_864 } = options;
    assertNodeName("create NATS adapter", nodeName);
    checkAtLeast("create NATS adapter", "maxUnconfirmedBytes", maxUnconfirmedBytes, 1);
    const replicas = readReplicas(options);
    this.nodeName = nodeName;
    this.#subjects = new Subjects(prefix);
    this.#dial = dialOf(options, nodeName, `${prefix}.i.${nodeName}`);
    this.#historyParts = { nodeName, prefix, replicas, maxUnconfirmedBytes };
    this.#ownerLink = new OwnerLink(this.#historyParts);
    this.owners = new NatsOwners(this.#ownerLink);
    this.store = new NatsStore(this.#ownerLink);
    this.#maxUnconfirmedBytes = maxUnconfirmedBytes;
    this.#interest = new Interest(
      this.#subjects,
      nodeName,
      (bytes, isExpected) => this.#node?.receiveEnvelope(bytes, isExpected),
    );
  }

  /** Whether NATS is connected, and knows all subscriptions of this node. */
  get isConnected(): boolean {
    return this.#connection?.session !== undefined;
  }

  /** Keeps the broadcasts of topics with history, on the same connection. NATS needs JetStream for it. */
  get history(): HistoryEngine {
    if (!this.#history) {
      this.#history = new NatsHistory(this.#historyParts);
      const session = this.#connection?.session;
      if (session) this.#history.attach(session);
    }
    return this.#history;
  }

  /** Connects. */
  start(node: BusNode): Promise<void> {
    this.#node = node;
    this.#ownerLink.isStarted = true;
    this.#connection = new Connection(this.#dial, {
      maxUnconfirmedBytes: this.#maxUnconfirmedBytes,
      prepare: (session) => this.#prepare(session),
      changed: (change) => this.#changed(change),
      isTopic: (subject) => this.#subjects.isTopic(subject),
      noticed: (fault) => node.noticed(fault),
    });
    return this.#connection.start();
  }

  /** Sends `broadcast` to the nodes that subscribed to its topic. */
  broadcast(broadcast: Broadcast): void {
    const subject = isControl(broadcast) ? this.#subjects.control : this.#interest.subjectOf(broadcast.topic);
    this.#publish(subject, broadcast);
  }

  /** Sends `broadcast` to the node `nodeName`. */
  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    // No node has another name, and as a part of a subject it could be anything.
    const subject = isNodeName(nodeName) ? this.#subjects.node(nodeName) : undefined;
    this.#publish(subject, broadcast);
  }

  /** Subscribes to the subject of `topic`. */
  subscribe(topic: string): Promise<void> | undefined {
    return this.#interest.add(topic);
  }

  /** Ends the subscription to the subject of `topic`. */
  unsubscribe(topic: string): void {
    this.#interest.remove(topic);
  }

  /** Numbers what is broadcast to topics with history. */
  useHistory(pubsub: PubSub): Promise<void> {
    return learnHistory(pubsub);
  }

  /** Disconnects. What was sent before still reaches NATS, unless that takes more than a second. */
  async stop(): Promise<void> {
    await this.#connection?.stop();
    this.#interest.detach();
    this.#history?.detach();
    this.#ownerLink.detach();
  }

  #publish(subject: string | undefined, broadcast: Broadcast): void {
    const session = this.#connection?.session;
    if (!session) throw new BusDownError(`broadcast to ${quoted(broadcast.topic)}`);
    if (session.unconfirmedBytes > this.#maxUnconfirmedBytes) {
      const cause = new Error(`${session.engine} has yet to read ${session.unconfirmedBytes} bytes`);
      throw new BusDownError(`broadcast to ${quoted(broadcast.topic)}`, { cause });
    }
    const envelope = encodeEnvelope(this.nodeName, broadcast);
    if (envelope.length > session.maxBytes) {
      throw new TooLargeError(broadcast.topic, envelope.length, session.maxBytes);
    }
    if (subject === undefined || session.publish(subject, envelope, isRepeated(broadcast))) return;
    throw new BusDownError(`broadcast to ${quoted(broadcast.topic)}`);
  }

  /** Subscribes, and finds out what would fail later, when nobody waits. */
  async #prepare(session: Session): Promise<void> {
    const own = this.#subjects.node(this.nodeName); // NATS does not deliver to the sender
    const nobodys = `${this.#subjects.topic("")}~`; // no topic has this subject
    this.#interest.attach(session);
    this.#history?.attach(session);
    this.#ownerLink.attach(session);
    session.probe(own);
    session.probe(nobodys);
    if (!await session.confirm()) throw new Error(`Cannot subscribe: ${session.engine} was lost`);
    await nextTurn(); // the client reports refused messages a moment later
    for (const subject of [own, this.#subjects.control]) {
      if (session.takeRefusal("subscription", subject)) throw noRight(session, "subscribe", subject);
    }
    for (const subject of [own, nobodys]) {
      if (session.takeRefusal("publish", subject)) throw noRight(session, "publish", subject);
    }
  }

  #changed(change: BusStatusChange): void {
    if (change.status === "down") {
      this.#interest.detach();
      this.#history?.detach();
      this.#ownerLink.detach();
    }
    this.#node?.changed(change);
    if (change.status === "up") this.#history?.up();
  }
}

function readReplicas({ historyReplicas = 1 }: NatsAdapterOptions): number {
  if (Number.isInteger(historyReplicas) && historyReplicas >= 1 && historyReplicas <= 5) return historyReplicas;
  throw new RangeError(
    `Cannot create NATS adapter: "historyReplicas" must be an integer from 1 to 5, received ${historyReplicas}`,
  );
}

function noRight({ engine }: Session, operation: "publish" | "subscribe", subject: string): BusSetupError {
  return new BusSetupError(engine, `the user has no right to ${operation} to "${subject}"`);
}
