/**
 * Clients that push to a channel and get a reply.
 *
 * @module
 */

import { type Client, connectAll, type Target, textFrame, textFrames } from "./client.ts";
import type { Load } from "./load.ts";

/** What an echo carries: 64 bytes of text, a short line of chat. */
const PAYLOAD = { text: "x".repeat(64) };

/** Echoes on one topic for each client. */
export class Echoes implements Load {
  readonly #clients: readonly Client[];
  readonly #inFlight: number;
  // Of each client: its pushes in a row, and how long one is. Sending a few is sending a part of them.
  readonly #pushes: readonly Uint8Array[];
  readonly #pushBytes: readonly number[];

  private constructor(clients: readonly Client[], inFlight: number) {
    this.#clients = clients;
    this.#inFlight = inFlight;
    const push = (client: Client, index: number) => client.dialect.echo(topicOf(index), PAYLOAD);
    this.#pushes = clients.map((client, index) => textFrames(Array(inFlight).fill(push(client, index))));
    this.#pushBytes = clients.map((client, index) => textFrame(push(client, index)).length);
  }

  /** Connects and joins. */
  static async prepare(target: Target, clients: number, inFlight: number): Promise<Echoes> {
    const joined = await connectAll(clients, target, (client, index) => client.join(topicOf(index)));
    return new Echoes(joined, inFlight);
  }

  /** Counts replies. */
  async work(windowMs: number): Promise<number> {
    const end = performance.now() + windowMs;
    const replies = await Promise.all(this.#clients.map((client, index) => this.#echo(client, index, end)));
    return replies.reduce((sum, count) => sum + count, 0);
  }

  /** Nothing is left over. */
  async tidy(): Promise<void> {}

  /** Disconnects. */
  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  async #echo(client: Client, index: number, end: number): Promise<number> {
    const pushes = this.#pushes[index]!;
    const pushBytes = this.#pushBytes[index]!;
    let replies = 0;
    let waiting = this.#inFlight;
    await client.write(pushes);
    while (waiting > 0) {
      const came = await client.read();
      replies += came;
      waiting -= came;
      if (came === 0 || performance.now() >= end) continue;
      await client.write(pushes.subarray(0, came * pushBytes));
      waiting += came;
    }
    return replies;
  }
}

function topicOf(index: number): string {
  return `bench:${index}`;
}
