/**
 * One run of a thread on the bus, from `start` to `stop`.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { Alarm } from "../../base/alarm.ts";
import { hashText } from "../../base/hash.ts";
import { nextTurn, Pauses } from "../../base/pause.ts";
import { type BusNode, isControl } from "../../pubsub/adapter.ts";
import { BusSetupError } from "../../pubsub/errors.ts";
import { type Greeting, Greetings } from "./_greeting.ts";
import { Outbox } from "./_outbox.ts";
import { Peer } from "./_peer.ts";
import { TO_ALL, TO_READER, TO_SUBSCRIBERS } from "./_record.ts";
import { type EnvelopeReceiver, RingReader } from "./_ring_reader.ts";
import { RingWriter } from "./_ring_writer.ts";
import { SharedMemory } from "./_shared_memory.ts";
import { ThreadLocks } from "./_thread_locks.ts";

const RING_BYTES = 2 ** 20;
/** After this time a greeting is repeated. */
const GREET_AGAIN_MS = 100;
/** How long `start` waits for a thread that does not greet, because it is busy. */
const MEET_MS = 3_000;
/** How long `stop` waits for slow readers. */
const LEAVE_MS = 1_000;
/** After this time of reading, the rest of the thread has its turn. */
const READ_MS = 4;
/** How often the time is looked at: once for so many records. */
const RECORDS_PER_LOOK = 16;

/** Who a thread is, and what it wants. */
export interface SessionSettings {
  readonly prefix: string;
  readonly nodeName: string;
  /** Returns whether a topic with this hash may have subscribers here. */
  readonly wants: (hash: number) => boolean;
}

/** A thread on the bus. */
export class Session implements EnvelopeReceiver {
  /** Returns whether anybody here may have subscribed to a topic with this hash. */
  readonly wants: (hash: number) => boolean;
  readonly #node: BusNode;
  readonly #name: string;
  readonly #run = crypto.randomUUID();
  readonly #memory = SharedMemory.allocate(RING_BYTES);
  readonly #ring = new RingWriter(this.#memory);
  readonly #outbox = new Outbox(this.#ring, RING_BYTES);
  readonly #locks: ThreadLocks;
  readonly #peers = new Map<string, Peer>();
  readonly #greetings: Greetings;
  readonly #pauses = new Pauses();
  #state: "starting" | "started" | "leaving" | "over" = "starting";
  #mustCall = false;
  #ready: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  #release: (() => Promise<void>) | undefined;

  /** Opens the channel of a thread. */
  constructor({ prefix, nodeName, wants }: SessionSettings, node: BusNode) {
    this.wants = wants;
    this.#node = node;
    this.#name = nodeName;
    this.#locks = new ThreadLocks(prefix);
    this.#greetings = new Greetings(prefix, nodeName, (greeting) => this.#greeted(greeting));
  }

  /** Whether it has started and not stopped. */
  get isConnected(): boolean {
    return this.#state === "started";
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
    if (this.#peers.size === 0) return;
    this.#outbox.send(isForAll ? TO_ALL : TO_SUBSCRIBERS, hashText(topic), envelope);
    this.#callPeers();
  }

  /** Sends an envelope to one thread, if there is one of this name. */
  sendTo(nodeName: string, topic: string, envelope: Uint8Array): void {
    const peer = this.#peers.get(nodeName);
    if (!peer) return;
    this.#outbox.send(TO_READER + peer.reader, hashText(topic), envelope);
    this.#callPeers();
  }

  /** Delivers an envelope of another thread. */
  receive(envelope: Uint8Array, route: number, hash: number): void {
    if (this.#state === "over") return;
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
    this.#pauses.end();
    this.#greetings.close();
    for (const peer of this.#peers.values()) peer.end();
    this.#memory.call(); // ends the reading
    await this.#ready?.catch(() => {});
    await this.#reading;
    await this.#release?.();
  }

  async #start(): Promise<void> {
    this.#release = await this.#locks.hold(this.#name);
    if (this.#state !== "starting") return;
    this.#reading = this.#read();
    const names = await this.#locks.list();
    if (this.#state !== "starting") return;
    const met = names.filter((name) => name !== this.#name).map((name) => this.#meet(name));
    await Promise.all(met);
    if (this.#state === "starting") this.#state = "started";
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
    this.#greetings.send(node, { from: this.#name, run: this.#run, memory: this.#memory.buffer, reader, isReply });
  }

  #greeted({ from, run, memory, reader, isReply }: Greeting): void {
    if (this.#state === "over" || from === this.#name) return;
    const known = this.#peers.get(from)?.incoming;
    if (known && known.run !== run) this.#ended(from); // started again, under its name
    const peer = this.#peerOf(from);
    if (!peer.incoming) {
      const shared = new SharedMemory(memory);
      peer.connect({ run, memory: shared, ring: new RingReader(shared, reader, this) });
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
    this.#peers.set(node, peer);
    this.#locks.watch(node, peer.watch.signal, () => {
      if (this.#peers.get(node) === peer) this.#ended(node);
    });
    return peer;
  }

  /** A thread has ended: what it has written is read, and nobody waits for it any longer. */
  #ended(node: string): void {
    const peer = this.#peers.get(node);
    if (!peer) return;
    peer.incoming?.ring.read(() => true);
    this.#peers.delete(node);
    this.#ring.removeReader(peer.reader);
    peer.end();
    this.#flush();
  }

  /** Reads what the others write, until this thread stops. */
  async #read(): Promise<void> {
    while (this.#state !== "over") {
      this.#flush();
      const called = this.#readAll() ? undefined : this.#memory.called();
      await (called ?? nextTurn());
    }
  }

  /** Reads from all threads for a limited time. Returns whether more is there. */
  #readAll(): boolean {
    const untilMs = monotonicMs() + READ_MS;
    let records = 0;
    const mayGoOn = () => ++records % RECORDS_PER_LOOK !== 0 || monotonicMs() < untilMs;
    let hasMore = false;
    for (const { incoming } of this.#peers.values()) {
      if (incoming?.ring.read(mayGoOn)) hasMore = true;
    }
    return hasMore;
  }

  #flush(): void {
    if (this.#outbox.flush()) this.#callPeers();
  }

  /** Calls the other threads at the end of this turn, once for all that was written in it. */
  #callPeers(): void {
    if (this.#mustCall) return;
    this.#mustCall = true;
    queueMicrotask(() => {
      this.#mustCall = false;
      for (const { incoming } of this.#peers.values()) incoming?.memory.call();
    });
  }
}
