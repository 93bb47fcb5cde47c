/**
 * The subscriptions of one client, made equal to what is wanted.
 *
 * All changes of a turn go out as one command, and the next ones wait until Redis has confirmed it. So one channel is
 * never subscribed and unsubscribed at the same time, which the client confuses: a subscribe between an unsubscribe and
 * its confirmation would be lost.
 *
 * @module
 */

import type { RedisConnection, RedisListener } from "./connection.ts";

/** Channels in one command. A reply follows for each, so this bounds how long other replies wait. */
const MAX_CHANNELS = 1000;

/** Subscribes one client to what is wanted. */
export class Subscriptions {
  readonly #client: RedisConnection;
  readonly #isWanted: (channel: string) => boolean;
  readonly #listener: RedisListener;
  readonly #held = new Set<string>();
  readonly #changed = new Set<string>();
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #isClosed = false;

  /**
   * Creates subscriptions to nothing.
   *
   * @param isWanted Returns whether a channel is to be subscribed now.
   */
  constructor(client: RedisConnection, isWanted: (channel: string) => boolean, listener: RedisListener) {
    this.#client = client;
    this.#isWanted = isWanted;
    this.#listener = listener;
  }

  /**
   * Subscribes or unsubscribes channels whose being wanted has changed.
   *
   * @returns Resolves when Redis has confirmed it.
   * @throws {Error} If Redis refuses, or the client is disconnected.
   */
  update(channels: Iterable<string>): Promise<void> {
    for (const channel of channels) this.#changed.add(channel);
    return this.#next ??= this.#last = this.#round(this.#last);
  }

  /** The client is disconnected: a command would wait in it for ever. */
  close(): void {
    this.#isClosed = true;
  }

  async #round(last: Promise<void>): Promise<void> {
    await last.catch(() => {}); // reported to those who waited for it
    if (this.#isClosed) throw new Error("the connection was lost");
    this.#next = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    const missing = changed.filter((channel) => this.#isWanted(channel) && !this.#held.has(channel));
    const useless = changed.filter((channel) => !this.#isWanted(channel) && this.#held.has(channel));
    await Promise.all([...inParts(missing).map(this.#subscribe), ...inParts(useless).map(this.#unsubscribe)]);
  }

  readonly #subscribe = async (channels: string[]): Promise<void> => {
    await this.#client.subscribe(channels, this.#listener, true);
    for (const channel of channels) this.#held.add(channel);
  };

  readonly #unsubscribe = async (channels: string[]): Promise<void> => {
    for (const channel of channels) this.#held.delete(channel);
    await this.#client.unsubscribe(channels, this.#listener, true);
  };
}

function inParts(channels: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let i = 0; i < channels.length; i += MAX_CHANNELS) parts.push(channels.slice(i, i + MAX_CHANNELS));
  return parts;
}
