/**
 * What is kept of one topic: to look at, and to delete from.
 *
 * @module
 */

import type { HistoryEngine } from "./engine.ts";
import { formatPosition, parsePosition, type Position } from "./position.ts";
import type { Retention } from "./retention.ts";

/**
 * A kept message of a topic with history.
 *
 * @category History
 */
export interface KeptMessage {
  /** Its position, which clients have as the `ref` of its frame. */
  readonly position: string;
  /** The event. */
  readonly event: string;
  /** The payload: a JSON object or bytes. */
  readonly payload: unknown;
  /** When it was published, in milliseconds since 1970 by the clock of what keeps it. */
  readonly atMs: number;
}

/**
 * The kept messages of one topic, as `Endpoint.history` returns them: to list and to delete. For moderation, and for
 * those who have a right to be forgotten: what is deleted is not sent to anybody who comes back. Clients that have
 * received it already keep it; send them an event of your own.
 *
 * @category History
 */
export class TopicHistory {
  /** The topic. */
  readonly topic: string;
  readonly #keep: Retention;
  readonly #engine: HistoryEngine;
  readonly #forget: (position: Position | undefined) => void;

  /** Created by the library. `forget` makes all nodes forget what was deleted. */
  constructor(topic: string, keep: Retention, engine: HistoryEngine, forget: (position: Position | undefined) => void) {
    this.topic = topic;
    this.#keep = keep;
    this.#engine = engine;
    this.#forget = forget;
  }

  /**
   * Returns what is kept, the oldest message first.
   *
   * @throws If the engine cannot be reached.
   */
  async list(): Promise<KeptMessage[]> {
    const { messages } = await this.#engine.read(this.topic, 0, this.#keep);
    return messages.map((message) => {
      const { event, payload, atMs } = message;
      return { position: formatPosition(message), event, payload, atMs };
    });
  }

  /**
   * Deletes one message on all nodes. Its number stays used, so a client that comes back does not get a report of a
   * loss.
   *
   * @param position The position of the message.
   * @returns Whether it was kept. `false` if there is no such position, too.
   * @throws If the engine or the other nodes cannot be reached. Call it again: the other nodes may still have it.
   */
  async delete(position: string): Promise<boolean> {
    const parsed = parsePosition(position);
    if (!parsed) return false;
    const wasKept = await this.#engine.delete(this.topic, parsed, this.#keep);
    this.#forget(parsed);
    return wasKept;
  }

  /**
   * Deletes all messages on all nodes. The numbering continues.
   *
   * @throws If the engine or the other nodes cannot be reached. Call it again: the other nodes may still have them.
   */
  async clear(): Promise<void> {
    await this.#engine.clear(this.topic, this.#keep);
    this.#forget(undefined);
  }
}
