/**
 * Clients that arrive: connect, and join a topic.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { Client, HANDSHAKES_AT_ONCE, type Target } from "./client.ts";
import type { Load } from "./load.ts";

/** So many topics that a topic has a few members, as in a chat of many rooms. */
const TOPICS = 1000;
/** How long a server gets to notice that clients have gone. */
const TO_NOTICE_MS = 500;

/** Arrivals. Those who came stay until the window is over, so that their going is not part of it. */
export class Connects implements Load {
  readonly #target: Target;
  readonly #most: number;
  #clients: Client[] = [];

  /**
   * Prepares nothing.
   *
   * @param target Where the server is.
   * @param most How many may be connected at the same time: no more come then.
   */
  constructor(target: Target, most: number) {
    this.#target = target;
    this.#most = most;
  }

  /** Counts clients who have joined. */
  async work(windowMs: number): Promise<number> {
    const end = performance.now() + windowMs;
    let begun = 0;
    const arrive = async () => {
      while (begun < this.#most && performance.now() < end) {
        const topic = `bench:${begun++ % TOPICS}`;
        const client = await Client.connect(this.#target);
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
