/**
 * Clients that arrive: connect, and join a topic.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Client, HANDSHAKES_AT_ONCE } from "./client.ts";
import type { Load } from "./load.ts";

/** So many topics that a topic has a few members, as in a chat of many rooms. */
const TOPICS = 1000;
/** How long a server gets to notice that clients have gone. */
const TO_NOTICE_MS = 500;

/** Arrivals. Those who came stay until the window is over, so that their going is not part of it. */
export class Connects implements Load {
  readonly #port: number;
  readonly #most: number;
  #clients: Client[] = [];

  /**
   * Prepares nothing.
   *
   * @param port Where the server is.
   * @param most How many may be connected at the same time: no more come then.
   */
  constructor(port: number, most: number) {
    this.#port = port;
    this.#most = most;
  }

  /** Counts clients who have joined. */
  async work(windowMs: number): Promise<number> {
    const end = performance.now() + windowMs;
    let begun = 0;
    const arrive = async () => {
      while (begun < this.#most && performance.now() < end) {
        const topic = `bench:${begun++ % TOPICS}`;
        const client = await Client.connect(this.#port);
        this.#clients.push(client);
        await client.join(topic);
      }
    };
    await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, arrive));
    return this.#clients.length;
  }

  /** Lets all clients go, and the server notice. */
  async tidy(): Promise<void> {
    if (this.#clients.length === 0) return;
    this[Symbol.dispose]();
    await delay(TO_NOTICE_MS);
  }

  /** Disconnects. */
  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
    this.#clients = [];
  }
}
