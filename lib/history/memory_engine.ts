/**
 * The engine of one node: keeps history in the memory of this thread.
 *
 * @module
 */

import type { HistoryEngine, HistoryPage, Stored, Unnumbered } from "./engine.ts";
import { KeptTopics } from "./kept_topics.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";

/**
 * Options for {@linkcode MemoryHistory}.
 *
 * @category History
 */
export interface MemoryHistoryOptions {
  /**
   * Of how many topics messages are kept. Beyond that the messages of the topic that was used least recently are
   * forgotten: a client that missed some of them gets that report. Members who are there miss nothing, with up to ten
   * times as many topics.
   *
   * @default {10000}
   */
  readonly maxTopics?: number;
}

/**
 * Keeps history in the memory of this thread, as long as the program runs. Numbers and delivers in the same turn, so
 * the order of frames is that of topics without history.
 *
 * A message takes about 200 bytes and its JSON text.
 *
 * @category History
 */
export class MemoryHistory implements HistoryEngine {
  /** 0: a read costs no more. */
  readonly tailSize = 0;
  readonly #topics: KeptTopics;
  readonly #live = new Map<string, (message: Stored) => void>();

  /**
   * Creates an engine without messages.
   *
   * @throws {RangeError} If `maxTopics` is out of range.
   */
  constructor({ maxTopics = 10_000 }: MemoryHistoryOptions = {}) {
    this.#topics = new KeptTopics(maxTopics);
  }

  /** Of how many topics messages are kept. */
  get topicCount(): number {
    return this.#topics.size;
  }

  /** How many bytes the kept messages take, about. */
  get bytes(): number {
    return this.#topics.bytes;
  }

  /** Numbers, keeps and delivers a message in this turn. */
  publish(topic: string, message: Unnumbered, keep: Retention): Position {
    const added = this.#topics.add(topic, message, keep);
    if ("previous" in added) this.#live.get(topic)?.(added);
    return { epoch: added.epoch, offset: added.offset };
  }

  /** Delivers the messages of a topic to `live`. */
  subscribe(topic: string, keep: Retention, live: (message: Stored) => void): void {
    this.#topics.use(topic, keep);
    this.#live.set(topic, live);
  }

  /** Stops delivering. */
  unsubscribe(topic: string): void {
    this.#live.delete(topic);
  }

  /** Returns what is kept. */
  read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    return this.#topics.read(topic, after, keep);
  }

  /** Never calls the listener: memory is always reachable. */
  onReconnect(): () => void {
    return () => {};
  }

  /** Deletes one message. */
  delete(topic: string, position: Position): boolean {
    return this.#topics.delete(topic, position);
  }

  /** Deletes the messages of a topic. */
  clear(topic: string): void {
    this.#topics.clear(topic);
  }
}
