/**
 * One client speaks, all of them listen.
 *
 * @module
 */

import { type Client, connectAll, textFrame } from "./client.ts";
import type { Load } from "./load.ts";

const TOPIC = "bench:all";
const SHOUT = textFrame(["1", null, TOPIC, "shout", { text: "x".repeat(64) }]);

/** Broadcasts to one topic, one at a time. */
export class Broadcasts implements Load {
  readonly #clients: readonly Client[];
  #missing = 0;
  #heard = Promise.withResolvers<void>();
  #over = false;

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
    for (const client of clients) void this.#listen(client);
  }

  /** Connects and joins. */
  static async prepare(port: number, clients: number): Promise<Broadcasts> {
    return new Broadcasts(await connectAll(clients, port, (client) => client.join(TOPIC)));
  }

  /** Counts deliveries. */
  async work(windowMs: number): Promise<number> {
    const end = performance.now() + windowMs;
    let deliveries = 0;
    while (performance.now() < end) {
      this.#missing = this.#clients.length;
      this.#heard = Promise.withResolvers();
      await this.#clients[0]!.write(SHOUT);
      await this.#heard.promise;
      deliveries += this.#clients.length;
    }
    return deliveries;
  }

  /** Nothing is left over. */
  async tidy(): Promise<void> {}

  /** Disconnects. */
  [Symbol.dispose](): void {
    this.#over = true;
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  async #listen(client: Client): Promise<void> {
    try {
      while (true) {
        const heard = await client.read(); // in a line of its own: `-= await` would read #missing before it waits
        this.#missing -= heard;
        if (this.#missing === 0) this.#heard.resolve();
        if (this.#missing < 0) throw new Error("Cannot trust this run: more was delivered than broadcast");
      }
    } catch (error) {
      if (!this.#over) this.#heard.reject(error); // else: it was waiting for what would never come
    }
  }
}
