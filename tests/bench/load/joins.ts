/**
 * Clients that come into a topic and go out of it.
 *
 * @module
 */

import { type Client, connectAll, type Target, textFrame } from "./client.ts";
import type { Load } from "./load.ts";

/** Joins and leaves, each after the other was answered. */
export class Joins implements Load {
  readonly #clients: readonly Client[];

  private constructor(clients: readonly Client[]) {
    this.#clients = clients;
  }

  /** Connects. */
  static async prepare(target: Target, clients: number): Promise<Joins> {
    return new Joins(await connectAll(clients, target, () => Promise.resolve()));
  }

  /** Counts joins that were left again. */
  async work(windowMs: number): Promise<number> {
    const end = performance.now() + windowMs;
    const joins = await Promise.all(this.#clients.map((client, index) => joinAndLeave(client, `bench:${index}`, end)));
    return joins.reduce((sum, count) => sum + count, 0);
  }

  /** Nothing is left over. */
  async tidy(): Promise<void> {}

  /** Disconnects. */
  [Symbol.dispose](): void {
    for (const client of this.#clients) client[Symbol.dispose]();
  }
}

async function joinAndLeave(client: Client, topic: string, end: number): Promise<number> {
  const join = textFrame(client.dialect.join(topic));
  const leave = textFrame(client.dialect.leave(topic));
  let joins = 0;
  for (; performance.now() < end; joins++) {
    await client.write(join);
    await client.readAll(client.dialect.joinFrames);
    await client.write(leave);
    await client.readAll(client.dialect.answersToLeave);
  }
  return joins;
}
