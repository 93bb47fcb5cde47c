/**
 * The adapter for the threads of one program.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import { type BusNode, isControl, type PubSubAdapter } from "../../pubsub/adapter.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import { encodeEnvelope } from "../../pubsub/envelope.ts";
import { BusDownError, TooLargeError } from "../../pubsub/errors.ts";
import { Interest } from "./_interest.ts";
import type { ThreadsAdapterOptions } from "./options.ts";
import { Session } from "./_session.ts";

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const DEFAULT_MAX_BYTES_WAITING = 64 * 2 ** 20;

/** One thread on the bus. */
export class ThreadsAdapter implements PubSubAdapter {
  /** The name of this thread. */
  readonly nodeName: string;
  readonly #prefix: string;
  readonly #maxBytesWaiting: number;
  readonly #interest = new Interest();
  #session: Session | undefined;

  /** Creates the adapter of this thread. See `threadsAdapter`. */
  constructor(options: ThreadsAdapterOptions) {
    const { prefix = "urvogel", maxBytesWaiting = DEFAULT_MAX_BYTES_WAITING } = options;
    const { nodeName = `thread-${crypto.randomUUID()}` } = options;
    this.#prefix = checkedName("prefix", prefix);
    this.nodeName = checkedName("nodeName", nodeName);
    if (!(maxBytesWaiting > 0)) {
      const found = `received ${maxBytesWaiting}`;
      throw new RangeError(`Cannot create adapter: "maxBytesWaiting" must be > 0, ${found}`);
    }
    this.#maxBytesWaiting = maxBytesWaiting;
  }

  /** Whether it has started and not stopped. */
  get isConnected(): boolean {
    return this.#session?.isConnected ?? false;
  }

  /** Connects with all other threads of the program. */
  async start(node: BusNode): Promise<void> {
    if (this.#session) await this.stop();
    const session = this.#session = new Session(
      { prefix: this.#prefix, nodeName: this.nodeName, wants: (hash) => this.#interest.has(hash) },
      node,
    );
    try {
      await session.start();
    } catch (error) {
      await this.#end(session);
      throw error;
    }
  }

  /** Sends a broadcast to the threads that subscribed to its topic. */
  broadcast(broadcast: Broadcast): void {
    const session = this.#connected(broadcast);
    session.send(broadcast.topic, isControl(broadcast), this.#encode(broadcast, session));
  }

  /** Sends a broadcast to one thread. */
  directBroadcast(nodeName: string, broadcast: Broadcast): void {
    const session = this.#connected(broadcast);
    session.sendTo(nodeName, broadcast.topic, this.#encode(broadcast, session));
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

  #connected({ topic }: Broadcast): Session {
    if (this.#session?.isConnected) return this.#session;
    throw new BusDownError(`broadcast to ${quoted(topic)}`);
  }

  #encode(broadcast: Broadcast, { waitingBytes }: Session): Uint8Array {
    const envelope = encodeEnvelope(this.nodeName, broadcast);
    const max = this.#maxBytesWaiting;
    if (envelope.length > max) throw new TooLargeError(broadcast.topic, envelope.length, max);
    if (waitingBytes === 0 || waitingBytes + envelope.length <= max) return envelope;
    const cause = new RangeError(`${waitingBytes} of at most ${max} bytes wait for another thread, which is busy`);
    throw new BusDownError(`broadcast to ${quoted(broadcast.topic)}`, { cause });
  }
}

function checkedName(option: string, name: string): string {
  if (NAME.test(name)) return name;
  throw new TypeError(`Cannot create adapter: "${option}" must match ${NAME.source}, received ${quoted(name)}`);
}
