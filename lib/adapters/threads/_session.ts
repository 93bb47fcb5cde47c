/**
 * One run of a thread on the bus, from `start` to `stop`.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { hashText } from "../../base/hash.ts";
import { nextTurn, Pauses } from "../../base/pause.ts";
import { type BusNode, isControl } from "../../pubsub/adapter.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import { type Greeting, Greetings } from "./_greeting.ts";
import { Outbox } from "./_outbox.ts";
import { Peer } from "./_peer.ts";
import { Peers } from "./_peers.ts";
import { type Address, BUS, HISTORY, type Port, TO_ALL, TO_READER, TO_SUBSCRIBERS } from "./_record.ts";
import { type EnvelopeReceiver, RingReader } from "./_ring_reader.ts";
import { RingWriter } from "./_ring_writer.ts";
import type { SessionHistory, SessionLink } from "./_session_link.ts";
import { SharedMemory } from "./_shared_memory.ts";
import { StallWatch } from "./_stall_watch.ts";
import { ThreadLocks } from "./_thread_locks.ts";

const RING_BYTES = 2 ** 20;
/** After this time a greeting is repeated. */
const GREET_AGAIN_MS = 100;
/** How long `start` waits for a thread that does not greet, because it is busy. */
const MEET_MS = 3_000;
/** How long `stop` waits for slow readers. */
const LEAVE_MS = 1_000;

/** The name of a thread, and what it wants. */
export interface SessionSettings {
  readonly prefix: string;
  readonly nodeName: string;
  /** Returns whether a topic with this hash may have subscribers here. */
  readonly wants: (hash: number) => boolean;
  /** How long a thread may read nothing while others wait for it, in milliseconds. */
  readonly maxStallMs: number;
  /** The history of this thread; without one it keeps none for the others. */
  readonly history?: SessionHistory;
}

/** A thread on the bus. */
export class Session implements SessionLink {
  /** The name of this thread. */
  readonly nodeName: string;
  readonly #settings: SessionSettings;
  readonly #history: SessionHistory | undefined;
  readonly #node: BusNode;
  readonly #run = crypto.randomUUID();
  readonly #memory = SharedMemory.allocate(RING_BYTES);
  readonly #ring = new RingWriter(this.#memory);
  readonly #outbox = new Outbox(this.#ring, RING_BYTES);
  readonly #locks: ThreadLocks;
  readonly #peers = new Peers();
  readonly #greetings: Greetings;
  readonly #pauses = new Pauses();
  readonly #stallWatch: StallWatch;
  readonly #historyReady = Promise.withResolvers<void>();
  #state: "starting" | "started" | "leaving" | "over" = "starting";
  #ready: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #release: (() => Promise<void>) | undefined;
  #leaveQueue: (() => Promise<void>) | undefined;

  /** Opens the channel of a thread. */
  constructor(settings: SessionSettings, node: BusNode) {
    const { prefix, nodeName, maxStallMs, history } = settings;
    this.#settings = settings;
    this.#history = history;
    this.#node = node;
    this.nodeName = nodeName;
    this.#locks = new ThreadLocks(prefix);
    this.#greetings = new Greetings(prefix, nodeName, (greeting) => this.#greeted(greeting));
    this.#stallWatch = new StallWatch({
      maxStallMs,
      ring: this.#ring,
      isWaiting: () => this.waitingBytes > 0,
      onCutOff: (reader) => this.#hasCutOff(reader),
    });
  }

  /** Whether it has started and not stopped. */
  get isConnected(): boolean {
    return this.#state === "started";
  }

  /** Whether there is no other thread. */
  get isAlone(): boolean {
    return this.#peers.size === 0;
  }

  /** How many bytes wait because a thread is slow. */
  get waitingBytes(): number {
    return this.#outbox.waitingBytes;
  }

  /** Connects with all threads. Resolves when they know each other, or this one is stopped. */
  start(): Promise<void> {
    return this.#ready ??= this.#start();
  }

  /** Sends an envelope to the threads that subscribed to its topic, or to all. */
  send(topic: string, isForAll: boolean, envelope: Uint8Array): void {
    this.#send({ port: BUS, route: isForAll ? TO_ALL : TO_SUBSCRIBERS, hash: hashText(topic) }, envelope);
  }

  /** Sends an envelope to one thread, if there is one of this name. */
  sendDirect(nodeName: string, topic: string, envelope: Uint8Array): void {
    const peer = this.#peers.get(nodeName);
    if (peer) this.#send({ port: BUS, route: TO_READER + peer.reader, hash: hashText(topic) }, envelope);
  }

  /** Sends a message about history to all threads. */
  sendToAll(message: Uint8Array): void {
    this.#send({ port: HISTORY, route: TO_ALL, hash: 0 }, message);
  }

  /** Sends a message about history to the threads that want its topic. */
  sendToSubscribers(topic: string, message: Uint8Array): void {
    this.#send({ port: HISTORY, route: TO_SUBSCRIBERS, hash: hashText(topic) }, message);
  }

  /** Sends a message about history to one thread. */
  sendTo(node: string, message: Uint8Array): boolean {
    const peer = this.#peers.get(node);
    if (!peer || this.#ring.isCutOff(peer.reader)) return false;
    this.#send({ port: HISTORY, route: TO_READER + peer.reader, hash: 0 }, message);
    return true;
  }

  /** The thread that keeps history is known. */
  historyReady(): void {
    this.#historyReady.resolve();
  }

  #send(address: Address, envelope: Uint8Array): void {
    if (this.isAlone) return;
    this.#outbox.send(address, envelope);
    if (this.#outbox.waitingBytes > 0) this.#stallWatch.begin();
    this.#peers.call();
  }

  /** Delivers an envelope of another thread. */
  #receive(from: string, envelope: Uint8Array, { port, route, hash }: Address): void {
    if (this.#state === "over") return;
    if (port === HISTORY) return this.#history?.receive(from, envelope);
    this.#node.receiveEnvelope(envelope, (broadcast) => {
      if (route >= TO_READER) return true;
      return hashText(broadcast.topic) === hash && isControl(broadcast) === (route === TO_ALL);
    });
  }

  /** Disconnects, after what waits has been read, for at most a second. */
  async stop(): Promise<void> {
    if (this.#state === "started") {
      this.#state = "leaving";
      await Promise.race([this.#outbox.empty(), this.#pauses.pause(LEAVE_MS)]);
    }
    this.#state = "over";
    this.#history?.detach();
    this.#stallWatch.end();
    this.#pauses.end();
    this.#greetings.close();
    this.#peers.end();
    this.#memory.call(); // ends the reading
    await this.#ready?.catch(() => {});
    await this.#reading;
    await this.#leaveQueue?.();
    await this.#release?.();
  }

  async #start(): Promise<void> {
    this.#release = await this.#locks.hold(this.nodeName);
    if (this.#state !== "starting") return;
    this.#history?.attach(this);
    this.#reading = this.#read();
    const names = await this.#locks.list();
    if (this.#state !== "starting") return;
    const met = names.filter((name) => name !== this.nodeName).map((name) => this.#meet(name));
    await Promise.all(met);
    await this.#meetHistory();
    if (this.#state === "starting") this.#state = "started";
  }

  /** Waits until one thread keeps history, this one or another. */
  async #meetHistory(): Promise<void> {
    const history = this.#history;
    if (!history || this.#state !== "starting") return;
    this.#leaveQueue = this.#locks.queue(() => history.keeps());
    await Promise.race([this.#historyReady.promise, this.#pauses.pause(MEET_MS)]);
  }

  /** Greets a thread until it returns the greeting. */
  async #meet(node: string): Promise<void> {
    const peer = this.#peerOf(node);
    const alarm = new Alarm(() => this.#greetAgain(peer, alarm));
    void peer.met.then(() => alarm.clear());
    this.#greetAgain(peer, alarm);
    await Promise.race([peer.met, this.#pauses.pause(MEET_MS)]); // it is greeted until it is met
  }

  #greetAgain(peer: Peer, alarm: Alarm): void {
    if (peer.incoming || peer.watch.signal.aborted) return;
    this.#greet(peer, false);
    alarm.set(GREET_AGAIN_MS);
  }

  #greet({ node, reader }: Peer, isReply: boolean): void {
    this.#greetings.send(node, { from: this.nodeName, run: this.#run, memory: this.#memory.buffer, reader, isReply });
  }

  #greeted({ from, run, memory, reader, isReply }: Greeting): void {
    if (!this.#release || this.#state === "over" || from === this.nodeName) return; // the name may be another thread's
    const known = this.#peers.get(from)?.incoming;
    if (known && known.run !== run) this.#ended(from); // started again, under its name
    const peer = this.#peerOf(from);
    if (!peer.incoming) {
      const shared = new SharedMemory(memory);
      peer.connect({ run, memory: shared, ring: new RingReader(shared, reader, this.#receiverOf(from)) });
      this.#memory.call(); // something may be there already
    }
    if (!isReply) this.#greet(peer, true);
  }

  /** Returns a thread, which is added if it is new: what is sent from now on is kept until it has read it. */
  #peerOf(node: string): Peer {
    const known = this.#peers.get(node);
    if (known) return known;
    const reader = this.#ring.addReader();
    if (reader === undefined) throw new BusSetupError("threads", "there are too many threads");
    const peer = new Peer(node, reader);
    this.#peers.add(peer);
    this.#locks.watch(node, peer.watch.signal, () => {
      if (this.#peers.get(node) === peer) this.#ended(node);
    });
    this.#history?.met(node);
    return peer;
  }

  #receiverOf(from: string): EnvelopeReceiver {
    return {
      wants: (hash: number, port: Port) => {
        return port === BUS ? this.#settings.wants(hash) : this.#history?.wants(hash) ?? false;
      },
      receive: (envelope, address) => this.#receive(from, envelope, address),
      returned: () => this.#hasMissed(from),
    };
  }

  /** What another thread has sent is lost for this one. */
  #hasMissed(from: string): void {
    this.#node.changed({ gap: 1, from });
    this.#history?.returned(from);
  }

  #hasCutOff(reader: number): void {
    const peer = this.#peers.byReader(reader);
    if (!peer) return;
    this.#node.noticed({ cutOff: peer.node, waitingBytes: this.waitingBytes });
    this.#history?.cutOff(peer.node);
    this.#flush();
  }

  /** A thread has ended: what it has written is read, and nobody waits for it any longer. */
  #ended(node: string): void {
    const peer = this.#peers.get(node);
    if (!peer) return;
    peer.incoming?.ring.read(() => true);
    if (peer.incoming?.ring.hasMissed) this.#hasMissed(node);
    this.#peers.delete(node);
    this.#ring.removeReader(peer.reader);
    peer.end();
    this.#history?.ended(node);
    this.#flush();
  }

  /** Reads what the others write, until this thread stops. */
  async #read(): Promise<void> {
    while (this.#state !== "over") {
      this.#flush();
      const called = this.#peers.read() ? undefined : this.#memory.called();
      await (called ?? nextTurn());
    }
  }

  #flush(): void {
    const back = this.#ring.letInAgain();
    for (const reader of back) {
      const peer = this.#peers.byReader(reader);
      if (peer) this.#history?.met(peer.node);
    }
    if (this.#outbox.flush() || back.length > 0) this.#peers.call();
  }
}
