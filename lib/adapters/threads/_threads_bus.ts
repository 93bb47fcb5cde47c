/**
 * The adapter for the threads of one program.
 *
 * @module
 */

import { checkPositive } from "../../base/check_number.ts";
import { quoted } from "../../base/printable.ts";
import { learnHistory } from "../../history/adapter_engine.ts";
import { type BusNode, isControl, type PubSubAdapter } from "../../pubsub/adapter.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import { encodeEnvelope } from "../../pubsub/envelope.ts";
import { BusDownError, TooLargeError } from "../../pubsub/errors.ts";
import { assertName, assertNodeName } from "../../pubsub/node_name.ts";
import type { PubSub } from "../../pubsub/pubsub.ts";
import { ThreadsHistory } from "./history/_threads_history.ts";
import { Interest } from "./_interest.ts";
import type { ThreadsAdapterOptions } from "./options.ts";
import { Session } from "./_session.ts";
import { ThreadOwners } from "./_thread_owners.ts";

const DEFAULT_MAX_BYTES_WAITING = 64 * 2 ** 20;
const DEFAULT_MAX_STALL_MS = 10_000;
const DEFAULT_MAX_TOPICS = 10_000;

/** One thread on the bus. */
export class ThreadsBus implements PubSubAdapter {
  /** The name of this thread. */
  readonly nodeName: string;
  /** The history of this thread. */
  readonly history: ThreadsHistory;
  readonly #prefix: string;
  readonly #maxBytesWaiting: number;
  readonly #maxStallMs: number;
  readonly #interest = new Interest();
  /** Keeps which thread has the server of a key. Holds no lock until a key is claimed. */
  readonly owners: ThreadOwners;
  #session: Session | undefined;

  /** Creates the adapter of this thread. See `threadsAdapter`. */
  constructor(options: ThreadsAdapterOptions) {
    const { prefix = "urvogel", maxBytesWaiting = DEFAULT_MAX_BYTES_WAITING } = options;
    const { nodeName = `thread-${crypto.randomUUID()}`, maxStallMs = DEFAULT_MAX_STALL_MS } = options;
    const { maxTopics = DEFAULT_MAX_TOPICS } = options;
    assertName("create adapter", "prefix", prefix);
    assertNodeName("create adapter", nodeName);
    this.#prefix = prefix;
    this.nodeName = nodeName;
    this.#maxBytesWaiting = checkPositive("create adapter", "maxBytesWaiting", maxBytesWaiting);
    this.#maxStallMs = checkPositive("create adapter", "maxStallMs", maxStallMs);
    this.history = new ThreadsHistory({
      maxTopics,
      maxBytesWaiting,
      assertSendable: (topic, what, bytes) => this.#assertSendable(topic, what, bytes),
    });
    this.owners = new ThreadOwners(this.#prefix);
  }

  /** Whether it has started and not stopped. */
  get isConnected(): boolean {
    return this.#session?.isConnected ?? false;
  }

  /** Connects with all other threads of the program. */
  async start(node: BusNode): Promise<void> {
    if (this.#session) await this.stop();
    const session = this.#session = new Session({
      prefix: this.#prefix,
      nodeName: this.nodeName,
      wants: (hash) => this.#interest.has(hash),
      maxStallMs: this.#maxStallMs,
      history: this.history,
    }, node);
    try {
      await session.start();
    } catch (error) {
      await this.#end(session);
      throw error;
    }
  }

  /** Numbers what is broadcast to topics with history. */
  useHistory(pubsub: PubSub): Promise<void> {
    return learnHistory(pubsub);
  }

  /** Sends a broadcast to the threads that subscribed to its topic. */
  broadcast(broadcast: Broadcast): void {
    const envelope = this.#encode(broadcast);
    this.#session!.send(broadcast.topic, isControl(broadcast), envelope);
  }

  /** Sends a broadcast to one thread. */
  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    const envelope = this.#encode(broadcast);
    this.#session!.sendDirect(nodeName, broadcast.topic, envelope);
  }

  /** Begins to read the broadcasts to a topic. */
  subscribe(topic: string): void {
    this.#interest.add(topic);
  }

  /** Skips the broadcasts to a topic again. */
  unsubscribe(topic: string): void {
    this.#interest.delete(topic);
  }

  /** Disconnects from the other threads. What was sent before still arrives there. */
  async stop(): Promise<void> {
    if (this.#session) await this.#end(this.#session);
  }

  async #end(session: Session): Promise<void> {
    await session.stop();
    if (this.#session === session) this.#session = undefined;
  }

  #encode(broadcast: Broadcast): Uint8Array {
    const what = `broadcast to ${quoted(broadcast.topic)}`;
    this.#connected(what);
    const envelope = encodeEnvelope(this.nodeName, broadcast);
    this.#assertSendable(broadcast.topic, what, envelope.length);
    return envelope;
  }

  #connected(what: string): Session {
    if (this.#session?.isConnected) return this.#session;
    throw new BusDownError(what);
  }

  #assertSendable(topic: string, what: string, bytes: number): void {
    const { waitingBytes } = this.#connected(what);
    const max = this.#maxBytesWaiting;
    if (bytes > max) throw new TooLargeError(topic, bytes, max);
    if (waitingBytes === 0 || waitingBytes + bytes <= max) return;
    const cause = new RangeError(`${waitingBytes} of at most ${max} bytes wait for another thread, which is busy`);
    throw new BusDownError(what, { cause });
  }
}
