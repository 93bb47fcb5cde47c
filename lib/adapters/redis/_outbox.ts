/**
 * The sending side of one connection: what is on its way to Redis, and what waits.
 *
 * Only a window of unconfirmed bytes is on its way. What is still in the buffers of a stopped server, or of the network,
 * when the connection is given up may arrive late; what waits here does not.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Deque } from "../../base/deque.ts";
import type { RedisConnection } from "./connection.ts";

/** Unconfirmed bytes on their way. Redis reads 16 KiB from each connection in turn. */
const WINDOW_BYTES = 65_536;

/** What a message takes besides its envelope and its channel. */
const OVERHEAD_BYTES = 64;

interface Publication {
  readonly channel: string;
  readonly envelope: Buffer;
  readonly bytes: number;
  readonly isRepeated: boolean;
}

/** Publishes over one client, in order. */
export class Outbox {
  readonly #client: RedisConnection;
  readonly #maxBytesWaiting: number;
  readonly #lose: (error: Error) => void;
  readonly #onWay = new Deque<Publication>(); // replies come in the order of commands
  readonly #waiting = new Deque<Publication>();
  #bytesOnWay = 0;
  #bytesWaiting = 0;
  #unconfirmed = 0;
  #hasFailed = false;
  #confirmed = 0;
  #whenIdle: (() => void) | undefined;

  /**
   * Creates an empty outbox.
   *
   * @param lose Drops the connection: Redis has refused a message, so it would refuse others.
   */
  constructor(client: RedisConnection, maxBytesWaiting: number, lose: (error: Error) => void) {
    this.#client = client;
    this.#maxBytesWaiting = maxBytesWaiting;
    this.#lose = lose;
  }

  /** The number of messages that Redis has confirmed. */
  get confirmed(): number {
    return this.#confirmed;
  }

  /** The number of messages of which nobody knows whether they have arrived, without those that are sent again. */
  get unconfirmed(): number {
    return this.#unconfirmed;
  }

  /**
   * Sends a message. Returns `false` if too much waits.
   *
   * @param isRepeated Whether another one is sent if this one does not arrive.
   */
  send(channel: string, envelope: Uint8Array<ArrayBuffer>, isRepeated = false): boolean {
    const { buffer, byteOffset, length } = envelope;
    const bytes = length + channel.length + OVERHEAD_BYTES;
    if (this.#bytesWaiting + bytes > this.#maxBytesWaiting) return false;
    const publication = { channel, envelope: Buffer.from(buffer, byteOffset, length), bytes, isRepeated };
    if (!isRepeated) this.#unconfirmed++;
    if (this.#bytesOnWay < WINDOW_BYTES && this.#waiting.length === 0) this.#publish(publication);
    else {
      this.#bytesWaiting += bytes;
      this.#waiting.push(publication);
    }
    return true;
  }

  /** Resolves when nothing is unconfirmed. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#hasFailed && this.#onWay.length === 0) resolve();
      else this.#whenIdle = resolve;
    });
  }

  #publish(publication: Publication): void {
    const { channel, envelope, bytes } = publication;
    this.#onWay.push(publication);
    this.#bytesOnWay += bytes;
    this.#client.sendCommand(["PUBLISH", channel, envelope]).then(this.#onConfirmed, this.#onFailed);
  }

  readonly #onConfirmed = (): void => {
    this.#confirmed++;
    if (!this.#arrived().isRepeated) this.#unconfirmed--;
    while (this.#bytesOnWay < WINDOW_BYTES) {
      const publication = this.#waiting.shift();
      if (!publication) break;
      this.#bytesWaiting -= publication.bytes;
      this.#publish(publication);
    }
    if (this.#onWay.length === 0) this.#whenIdle?.();
  };

  readonly #onFailed = (error: Error): void => {
    this.#hasFailed = true;
    this.#arrived();
    this.#lose(error); // if it is not lost already
  };

  /** Removes the message to which Redis has replied. */
  #arrived(): Publication {
    const publication = this.#onWay.shift()!;
    this.#bytesOnWay -= publication.bytes;
    return publication;
  }
}
