/**
 * The engine of one node: keeps history in the memory of this thread.
 *
 * @module
 */

import type { HistoryEngine, HistoryPage, Stored, Unnumbered } from "./engine.ts";
import { KeptMessages } from "./_kept_messages.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";

/**
 * Options for {@linkcode MemoryHistory}.
 *
 * @category History
 */
export interface MemoryHistoryOptions {
  /**
   * How many topics are kept. Beyond that the one that was used least recently is forgotten: its clients are told that
   * they missed messages.
   *
   * @default {10000}
   */
  readonly maxTopics?: number;
}

interface Topic {
  readonly kept: KeptMessages;
  keep: Retention;
}

/** How many idle topics are looked at with each message, so that old messages go without a timer. */
const SWEPT = 2;

/**
 * Keeps history in the memory of this thread, as long as the program runs. Numbers and delivers in the same turn, so the
 * order of frames is that of topics without history.
 *
 * A message takes about 200 bytes and its JSON text.
 *
 * @category History
 */
export class MemoryHistory implements HistoryEngine {
  /** 0: a read costs no more. */
  readonly tailSize = 0;
  readonly #maxTopics: number;
  readonly #run = crypto.randomUUID().slice(0, 8);
  readonly #topics = new Map<string, Topic>(); // the least recently used first
  readonly #live = new Map<string, (message: Stored) => void>();
  #epochs = 0;

  /**
   * Creates an engine without messages.
   *
   * @throws {RangeError} If `maxTopics` makes no sense.
   */
  constructor({ maxTopics = 10_000 }: MemoryHistoryOptions = {}) {
    if (!(maxTopics >= 1)) {
      throw new RangeError(`Cannot keep history: "maxTopics" must be >= 1, received ${maxTopics}`);
    }
    this.#maxTopics = maxTopics;
  }

  /** How many topics are kept. */
  get topicCount(): number {
    return this.#topics.size;
  }

  /** How many bytes the kept messages take, about. */
  get bytes(): number {
    let bytes = 0;
    for (const { kept } of this.#topics.values()) bytes += kept.bytes;
    return bytes;
  }

  /** Numbers, keeps and delivers a message in this turn. */
  publish(topic: string, message: Unnumbered, keep: Retention): Position {
    const nowMs = Date.now();
    const added = this.#use(topic, keep).add(message, keep, nowMs);
    this.#sweep(nowMs);
    if ("previous" in added) this.#live.get(topic)?.(added);
    return { epoch: added.epoch, offset: added.offset };
  }

  /** Delivers the messages of a topic to `live`. */
  subscribe(topic: string, keep: Retention, live: (message: Stored) => void): void {
    this.#use(topic, keep);
    this.#live.set(topic, live);
  }

  /** Stops delivering. */
  unsubscribe(topic: string): void {
    this.#live.delete(topic);
  }

  /** Returns what is kept. */
  read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    return this.#use(topic, keep).read(after, keep, Date.now());
  }

  /** Never calls the listener: memory is always reachable. */
  onReconnect(): () => void {
    return () => {};
  }

  /** Deletes one message. */
  delete(topic: string, { epoch, offset }: Position): boolean {
    const kept = this.#topics.get(topic)?.kept;
    return kept !== undefined && kept.epoch === epoch && kept.delete(offset);
  }

  /** Deletes the messages of a topic. */
  clear(topic: string): void {
    this.#topics.get(topic)?.kept.clear();
  }

  /** Returns the messages of a topic, which becomes the one that was used last. */
  #use(name: string, keep: Retention): KeptMessages {
    const known = this.#topics.get(name);
    if (known) this.#topics.delete(name);
    const topic = known ?? { kept: new KeptMessages(`${this.#run}.${++this.#epochs}`), keep };
    topic.keep = keep;
    this.#topics.set(name, topic);
    if (this.#topics.size > this.#maxTopics) this.#forgetOldest();
    return topic.kept;
  }

  #forgetOldest(): void {
    const [oldest] = this.#topics.keys();
    if (oldest !== undefined) this.#topics.delete(oldest);
  }

  /** Forgets old messages of topics that nobody uses. */
  #sweep(nowMs: number): void {
    let left = SWEPT;
    for (const { kept, keep } of this.#topics.values()) {
      if (left-- === 0) return;
      kept.prune(keep, nowMs);
    }
  }
}
