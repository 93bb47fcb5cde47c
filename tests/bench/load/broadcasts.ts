/**
 * Some clients speak, all of them listen.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { type Client, connectAll, type Target, textFrame } from "./client.ts";
import { type DialectName, DIALECTS } from "./dialect.ts";
import type { Load } from "./load.ts";

const TOPIC = "bench:all";
/** A short line of chat. */
const PAYLOAD = { text: "x".repeat(64) };

/** How many clients are read at once where not all are: few, so that the load costs less than the server. */
const WATCHED = 20;
/** How often the others are read. */
const LOOK_MS = 100;
/** So many messages fill what is read at once: there are more. */
const MANY = 20;

/** How many there are, and how much they say. */
export interface Crowd {
  /** Those who listen. */
  readonly clients: number;
  /** How many messages are under way: another is said when one has come to everybody. */
  readonly inFlight: number;
  /** How many of the clients speak, in turns. */
  readonly senders: number;
  /**
   * Whose reading says that a message has come to everybody: that of all, or that of some, the last one that the server
   * sends to among them. The others are read now and then, and counted in the end.
   */
  readonly watched: "all" | "some";
}

/** Broadcasts to one topic. */
export class Broadcasts implements Load {
  readonly #clients: readonly Client[];
  readonly #crowd: Crowd;
  readonly #shout: Uint8Array;
  readonly #watched: number;
  readonly #over = new AbortController();
  #look: Promise<void> | undefined;
  #said = 0;
  #heard = 0;
  #heardByWatched = 0;
  #isOpen = false;
  #done = Promise.withResolvers<void>();

  private constructor(clients: readonly Client[], crowd: Crowd, dialect: DialectName) {
    this.#clients = clients;
    this.#crowd = crowd;
    this.#shout = textFrame(DIALECTS[dialect].shout(TOPIC, PAYLOAD));
    const every = crowd.watched === "all" ? 1 : Math.ceil(clients.length / WATCHED);
    // From the last one on, which joined last and is sent to last.
    const isWatched = (index: number) => (clients.length - 1 - index) % every === 0;
    this.#watched = clients.filter((_, index) => isWatched(index)).length;
    clients.forEach((client, index) => void this.#listen(client, isWatched(index)));
  }

  /** Connects and joins. */
  static async prepare(target: Target, crowd: Crowd): Promise<Broadcasts> {
    const clients = await connectAll(crowd.clients, target, (client) => client.join(TOPIC));
    return new Broadcasts(clients, crowd, target.dialect);
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
    this.#over.abort();
    for (const client of this.#clients) client[Symbol.dispose]();
  }

  /** Those who speak say the next thing, until as much is under way as may be. */
  #speak(): void {
    const { inFlight, senders } = this.#crowd;
    const cameToAll = Math.floor(this.#heardByWatched / this.#watched);
    while (this.#said - cameToAll < inFlight) {
      const sender = this.#clients[this.#said++ % senders]!;
      sender.write(this.#shout).catch((error) => this.#fail(error));
    }
  }

  #onHeard(): void {
    if (this.#isOpen) this.#speak();
    else if (this.#heard === this.#said * this.#clients.length) this.#done.resolve();
  }

  async #listen(client: Client, isWatched: boolean): Promise<void> {
    try {
      while (true) {
        const heard = await client.read(); // in a line of its own: `+= await` would read #heard before it waits
        this.#heard += heard;
        if (isWatched) this.#heardByWatched += heard;
        else if (heard < MANY) await this.#nextLook();
        if (this.#heard > this.#said * this.#clients.length) {
          throw new Error("Cannot trust this run: more was delivered than broadcast");
        }
        this.#onHeard();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** One timer for all that are not watched. */
  #nextLook(): Promise<void> {
    return this.#look ??= delay(LOOK_MS, this.#over).finally(() => this.#look = undefined);
  }

  #fail(error: unknown): void {
    if (!this.#over.signal.aborted) this.#done.reject(error); // else: it was waiting for what would never come
  }
}
