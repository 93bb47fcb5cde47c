/**
 * Some clients speak, all of them listen.
 *
 * @module
 */

import { type Client, connectAll, type Target, textFrame } from "./client.ts";
import type { Load } from "./load.ts";

const TOPIC = "bench:all";
const SHOUT = textFrame(["1", null, TOPIC, "shout", { text: "x".repeat(64) }]);

/** How many there are, and how much they say. */
export interface Crowd {
  /** Those who listen. */
  readonly clients: number;
  /** How many messages are under way: another is said when one has come to everybody. */
  readonly inFlight: number;
  /** How many of the clients speak, in turns. */
  readonly senders: number;
}

/** Broadcasts to one topic. */
export class Broadcasts implements Load {
  readonly #clients: readonly Client[];
  readonly #crowd: Crowd;
  #said = 0;
  #heard = 0;
  #isOpen = false;
  #over = false;
  #done = Promise.withResolvers<void>();

  private constructor(clients: readonly Client[], crowd: Crowd) {
    this.#clients = clients;
    this.#crowd = crowd;
    for (const client of clients) void this.#listen(client);
  }

  /** Connects and joins. */
  static async prepare(target: Target, crowd: Crowd): Promise<Broadcasts> {
    return new Broadcasts(await connectAll(crowd.clients, target, (client) => client.join(TOPIC)), crowd);
  }

  /** Counts deliveries. */
  async work(windowMs: number): Promise<number> {
    const before = this.#heard;
    this.#done = Promise.withResolvers();
    this.#isOpen = true;
    const timer = setTimeout(() => {
      this.#isOpen = false;
      this.#onHeard();
    }, windowMs);
    this.#speak();
    await this.#done.promise.finally(() => clearTimeout(timer));
    return this.#heard - before;
  }

  /** Nothing is left over. */
  async tidy(): Promise<void> {}

  /** Disconnects. */
  [Symbol.dispose](): void {
    this.#over = true;
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  /** Those who speak say the next thing, until as much is under way as may be. */
  #speak(): void {
    const { inFlight, senders } = this.#crowd;
    const cameToAll = Math.floor(this.#heard / this.#clients.length);
    while (this.#said - cameToAll < inFlight) {
      const sender = this.#clients[this.#said++ % senders]!;
      sender.write(SHOUT).catch((error) => this.#fail(error));
    }
  }

  #onHeard(): void {
    if (this.#isOpen) this.#speak();
    else if (this.#heard === this.#said * this.#clients.length) this.#done.resolve();
  }

  async #listen(client: Client): Promise<void> {
    try {
      while (true) {
        const heard = await client.read(); // in a line of its own: `+= await` would read #heard before it waits
        this.#heard += heard;
        if (this.#heard > this.#said * this.#clients.length) {
          throw new Error("Cannot trust this run: more was delivered than broadcast");
        }
        this.#onHeard();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (!this.#over) this.#done.reject(error); // else: it was waiting for what would never come
  }
}
