/**
 * An engine in this process, with what engines do: it carries messages later, can be killed and fall silent, and refuses
 * wrong passwords; and an adapter for it, from which tests derive broken ones.
 *
 * @module
 */

import {
  type Broadcast,
  type BroadcastData,
  BusDownError,
  type BusNode,
  BusSetupError,
  encodeEnvelope,
  isRepeated,
  type PubSubAdapter,
  Subjects,
  TooLargeError,
} from "@urvogel/realtime";

/** A client, as the broker sees it. */
export interface BrokerClient {
  /** Receives a message. */
  message(subject: string, bytes: Uint8Array): void;
  /** Learns that the connection has ended. */
  closed(): void;
}

/** How an attempt to connect ended. */
export type Connected = "connected" | "unreachable" | "refused";

/** The broker. Commands take effect in their order, and never within the call that gives them. */
export class MemoryBroker {
  /** The password of all clients. */
  readonly password = "open sesame";
  /** The largest message that it carries, in bytes. */
  readonly maxBytes = 20_000;
  /** What clients have stored. */
  readonly stored = new Set<string>();
  readonly #clients = new Map<BrokerClient, Set<string>>();
  #commands: (() => void)[] = [];
  #state: "up" | "down" | "paused" = "up";

  /** Whether it was killed, and not started again. */
  get isDown(): boolean {
    return this.#state === "down";
  }

  /** Connects a client. */
  connect(client: BrokerClient, password: string): Connected {
    if (this.#state !== "up") return "unreachable";
    if (password !== this.password) return "refused";
    this.#clients.set(client, new Set());
    return "connected";
  }

  /** Ends a connection. What the client has sent still counts. */
  disconnect(client: BrokerClient): void {
    this.#clients.delete(client);
  }

  /** Carries out a command later, if the broker is still there. */
  command(act: () => void): void {
    if (this.#state === "down") return;
    this.#commands.push(act);
    if (this.#commands.length === 1) queueMicrotask(() => this.#work());
  }

  /** Subscribes a client, at once. */
  subscribe(client: BrokerClient, subject: string): void {
    this.#clients.get(client)?.add(subject);
  }

  /** Ends a subscription, at once. */
  unsubscribe(client: BrokerClient, subject: string): void {
    this.#clients.get(client)?.delete(subject);
  }

  /** Passes a message to all who have subscribed, at once. */
  publish(subject: string, bytes: Uint8Array): void {
    for (const [client, subjects] of [...this.#clients]) {
      if (subjects.has(subject)) client.message(subject, bytes.slice());
    }
  }

  /** The number of subscriptions. */
  subscriptionCount(): number {
    return [...this.#clients.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Ends it, and all connections. */
  kill(): void {
    this.#state = "down";
    this.#commands = [];
    const clients = [...this.#clients.keys()];
    this.#clients.clear();
    for (const client of clients) queueMicrotask(() => client.closed());
  }

  /** Starts it again. */
  restart({ empty = false }: { readonly empty?: boolean } = {}): void {
    if (empty) this.stored.clear();
    this.#state = "up";
  }

  /** Carries out no more commands. */
  pause(): void {
    this.#state = "paused";
  }

  /** Ends {@linkcode pause}. */
  resume(): void {
    this.#state = "up";
    this.#work();
  }

  #work(): void {
    while (this.#state === "up" && this.#commands.length > 0) {
      const commands = this.#commands;
      this.#commands = [];
      for (const command of commands) command();
    }
  }
}

const RETRY_MS = 5;
const PING_MS = 10;
const MAX_PINGS = 6;

let lastNode = 0;

/** An adapter that keeps the contract. */
export class MemoryAdapter implements PubSubAdapter, BrokerClient {
  readonly nodeName = `memory-${++lastNode}`;
  isConnected = false;
  /** What to call with what comes. */
  protected node: BusNode | undefined;
  /** The topics that this node has subscribed. */
  protected readonly topics = new Set<string>();
  /** The names of subjects. */
  protected readonly subjects = new Subjects("memory");
  /** The broker. */
  protected readonly broker: MemoryBroker;
  /** What to say to the broker. */
  protected readonly password: string;
  /** Runs while the node is not connected. */
  protected retry: ReturnType<typeof setTimeout> | undefined;
  #starting: PromiseWithResolvers<void> | undefined;
  #pinging: ReturnType<typeof setInterval> | undefined;
  #unanswered = 0;
  /** How many broadcasts of this connection the broker has yet to carry out. */
  #onWay = { count: 0 };
  readonly #subscribing = new Set<() => void>();

  /** Creates the adapter of another node. */
  constructor(broker: MemoryBroker, password: string = broker.password) {
    this.broker = broker;
    this.password = password;
  }

  start(node: BusNode): Promise<void> {
    this.node = node;
    this.#starting = Promise.withResolvers();
    const { promise } = this.#starting;
    this.connect();
    return promise;
  }

  stop(): void {
    this.node = undefined;
    clearTimeout(this.retry);
    this.disconnect();
    this.topics.clear();
    this.#starting?.reject(new Error("Cannot start adapter: it was stopped"));
    this.#starting = undefined;
  }

  broadcast(broadcast: Broadcast): void {
    this.publish(this.subjects.of(broadcast), broadcast);
  }

  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    this.publish(this.subjects.node(nodeName), broadcast);
  }

  async subscribe(topic: string): Promise<void> {
    this.topics.add(topic);
    if (!this.isConnected) return;
    await this.confirmed(() => this.broker.subscribe(this, this.subjects.topic(topic)));
  }

  unsubscribe(topic: string): void {
    this.topics.delete(topic);
    if (this.isConnected) this.broker.command(() => this.broker.unsubscribe(this, this.subjects.topic(topic)));
  }

  message(subject: string, bytes: Uint8Array): void {
    this.node?.receiveEnvelope(bytes, (broadcast) => this.belongs(subject, broadcast));
  }

  closed(): void {
    if (!this.isConnected) return;
    this.disconnect();
    const error = new Error("the broker has gone");
    const { count } = this.#onWay;
    this.#onWay = { count: 0 };
    if (count > 0) this.node?.noticed({ unconfirmed: count, error });
    this.node?.changed({ status: "down", error });
    this.connect();
  }

  /** Whether a broadcast may come on a subject. */
  protected belongs(subject: string, broadcast: BroadcastData): boolean {
    return subject === this.subjects.node(this.nodeName) || subject === this.subjects.of(broadcast);
  }

  /** Sends a broadcast. */
  protected publish(subject: string, { topic, event, payload }: BroadcastData): void {
    if (!this.isConnected) throw new BusDownError(`broadcast to "${topic}"`);
    const bytes = encodeEnvelope(this.nodeName, { topic, event, payload });
    if (bytes.length > this.broker.maxBytes) throw new TooLargeError(topic, bytes.length, this.broker.maxBytes);
    const onWay = this.counts({ topic }) ? this.#onWay : { count: 0 };
    onWay.count++;
    this.broker.command(() => {
      this.broker.publish(subject, bytes);
      onWay.count--;
    });
  }

  /** Whether a broadcast is lost if it does not arrive. */
  protected counts(broadcast: Pick<BroadcastData, "topic">): boolean {
    return !isRepeated(broadcast);
  }

  /** Connects, or comes back later. */
  protected connect(): void {
    const connected = this.broker.connect(this, this.password);
    if (connected === "refused") this.refuse();
    else if (connected === "unreachable") this.retry = setTimeout(() => this.connect(), RETRY_MS);
    else this.restore();
  }

  /** Fails to start, for good. */
  protected refuse(): void {
    this.#starting?.reject(new BusSetupError("memory", "wrong password"));
    this.#starting = undefined;
  }

  /** Subscribes to everything after a connection was made. */
  protected restore(): void {
    const topics = [...this.topics].map((topic) => this.subjects.topic(topic));
    void this.confirmed(() => {
      for (const subject of [this.subjects.control, this.subjects.node(this.nodeName), ...topics]) {
        this.broker.subscribe(this, subject);
      }
      this.up();
    });
  }

  /** The connection stands. */
  protected up(): void {
    if (!this.node) return;
    this.isConnected = true;
    this.#unanswered = 0;
    this.#pinging = setInterval(() => this.ping(), PING_MS);
    this.node.changed({ status: "up" });
    this.#starting?.resolve();
    this.#starting = undefined;
  }

  /** Finds out whether the broker still responds. */
  protected ping(): void {
    if (this.#unanswered++ >= MAX_PINGS) return this.closed();
    this.broker.command(() => this.#unanswered = 0);
  }

  /** Ends the connection. */
  protected disconnect(): void {
    this.isConnected = false;
    clearInterval(this.#pinging);
    this.broker.disconnect(this);
    for (const resolve of this.#subscribing) resolve();
  }

  /** Gives the broker a command, and waits until it is carried out, or the connection ends. */
  protected confirmed(act: () => void): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#subscribing.add(resolve);
    this.broker.command(() => {
      act();
      this.#subscribing.delete(resolve);
      resolve();
    });
    return promise;
  }
}
