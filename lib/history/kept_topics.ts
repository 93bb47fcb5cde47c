/**
 * The messages of many topics in memory. When there are too many topics, the messages of the one that was used least
 * recently are forgotten. Its numbers are remembered for longer, so that members who are there miss nothing.
 *
 * @module
 */

import { checkAtLeast } from "../base/check_number.ts";
import type { HistoryPage, Stored, Unnumbered } from "./engine.ts";
import { KeptMessages } from "./_kept_messages.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";

interface Topic {
  readonly kept: KeptMessages;
  keep: Retention;
}

/** How many topics are looked at with each message, in turn, so that old messages go without a timer. */
const SWEPT = 2;

/** Of how many topics the numbers are remembered, for each topic whose messages are kept. */
const NUMBERED = 10;

/** Numbers and keeps the messages of topics. */
export class KeptTopics {
  readonly #maxTopics: number;
  readonly #run = crypto.randomUUID().slice(0, 8);
  readonly #topics = new Map<string, Topic>(); // the least recently used first
  readonly #numbers = new Map<string, Position>(); // where topics stood whose messages are forgotten, the oldest first
  #swept: Iterator<Topic> = this.#topics.values();
  #epochs = 0;

  /**
   * Creates it without topics.
   *
   * @throws {RangeError} If `maxTopics` is out of range.
   */
  constructor(maxTopics: number) {
    assertMaxTopics(maxTopics);
    this.#maxTopics = maxTopics;
  }

  /** How many topics are kept. */
  get size(): number {
    return this.#topics.size;
  }

  /** How many bytes the kept messages take, about. */
  get bytes(): number {
    let bytes = 0;
    for (const { kept } of this.#topics.values()) bytes += kept.bytes;
    return bytes;
  }

  /** Makes a topic the one that was used last. It gets an epoch if it is new. */
  use(topic: string, keep: Retention): void {
    this.#use(topic, keep);
  }

  /**
   * Numbers and keeps a message.
   *
   * @returns It with its number; or the position of the earlier one with the same key.
   */
  add(topic: string, message: Unnumbered, keep: Retention): Stored | Position {
    const nowMs = Date.now();
    const added = this.#use(topic, keep).add(message, keep, nowMs);
    this.#sweep(nowMs);
    return added;
  }

  /** Returns what is kept of a topic after an offset; see `HistoryEngine.read`. */
  read(topic: string, after: number | undefined, keep: Retention): HistoryPage {
    return this.#use(topic, keep).read(after, keep, Date.now());
  }

  /** Deletes one message. Returns whether it was there. */
  delete(topic: string, { epoch, offset }: Position): boolean {
    const kept = this.#topics.get(topic)?.kept;
    return kept !== undefined && kept.epoch === epoch && kept.delete(offset);
  }

  /** Deletes the messages of a topic. */
  clear(topic: string): void {
    this.#topics.get(topic)?.kept.clear();
  }

  #use(name: string, keep: Retention): KeptMessages {
    const known = this.#topics.get(name);
    if (known) this.#topics.delete(name);
    const topic = known ?? { kept: this.#begin(name), keep };
    topic.keep = keep;
    this.#topics.set(name, topic);
    if (this.#topics.size > this.#maxTopics) this.#forgetOldest();
    return topic.kept;
  }

  /** Goes on with the numbers of a topic, if they are known. */
  #begin(name: string): KeptMessages {
    const top = this.#numbers.get(name);
    this.#numbers.delete(name);
    return new KeptMessages(top?.epoch ?? `${this.#run}.${++this.#epochs}`, top?.offset);
  }

  #forgetOldest(): void {
    const [oldest] = this.#topics;
    const [name, { kept }] = oldest!;
    this.#topics.delete(name);
    this.#numbers.set(name, kept.top);
    if (this.#numbers.size <= NUMBERED * this.#maxTopics) return;
    const [longestUnused] = this.#numbers.keys();
    this.#numbers.delete(longestUnused!);
  }

  /** Forgets old messages of topics that nobody uses. One round goes on where the last message has left it. */
  #sweep(nowMs: number): void {
    for (let left = SWEPT; left > 0; left--) {
      const next = this.#swept.next();
      if (next.done) return void (this.#swept = this.#topics.values());
      const { kept, keep } = next.value;
      kept.prune(keep, nowMs);
    }
  }
}

/**
 * Throws unless so many topics can be kept.
 *
 * @throws {RangeError} If `maxTopics` is less than 1, or no number.
 */
export function assertMaxTopics(maxTopics: number): void {
  checkAtLeast("keep history", "maxTopics", maxTopics, 1);
}
