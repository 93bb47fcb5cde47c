/**
 * The messages of one topic in memory: numbered, and bounded by number, age and bytes. Pure: callers pass the time.
 *
 * @module
 */

import { Deque } from "../base/deque.ts";
import type { HistoryPage, Stored, Unnumbered } from "./engine.ts";
import type { Position } from "./position.ts";
import type { Retention } from "./retention.ts";

/** One message, with its payload as text: the sender may change the object later. */
interface Kept extends Omit<Stored, "payload"> {
  /** `undefined` once it was deleted. */
  body: string | Uint8Array | undefined;
}

/** What a message takes beside its payload, about. */
const OVERHEAD_BYTES = 200;

/** Numbers the messages of one topic and keeps the latest. */
export class KeptMessages {
  /** The epoch of the numbers. */
  readonly epoch: string;
  readonly #kept = new Deque<Kept>();
  readonly #keys = new Map<string, number>(); // key to offset, of those that are kept
  #top: number;
  #bytes = 0;

  /** Creates a topic without messages, whose last number was `top`. */
  constructor(epoch: string, top = 0) {
    this.epoch = epoch;
    this.#top = top;
  }

  /** The position of the last message. */
  get top(): Position {
    return { epoch: this.epoch, offset: this.#top };
  }

  /** How many bytes the kept messages take, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages are kept. */
  get size(): number {
    return this.#kept.length;
  }

  /**
   * Numbers and keeps a message.
   *
   * @returns It with its number; or the position of the earlier one with the same key.
   * @throws {TypeError} If its payload has no JSON text.
   */
  add(message: Unnumbered, keep: Retention, nowMs: number): Stored | Position {
    this.prune(keep, nowMs);
    const { event, payload, from, key } = message;
    const earlier = key === undefined ? undefined : this.#keys.get(key);
    if (earlier !== undefined) return { epoch: this.epoch, offset: earlier };
    const body = payload instanceof Uint8Array ? payload.slice() : JSON.stringify(payload);
    const previous = this.#top;
    const { epoch } = this;
    const kept: Kept = { epoch, offset: ++this.#top, previous, event, from, key, atMs: nowMs, body };
    this.#kept.push(kept);
    this.#bytes += sizeOf(kept);
    if (key !== undefined) this.#keys.set(key, kept.offset);
    this.prune(keep, nowMs);
    return { epoch, offset: kept.offset, previous, event, payload, from, key, atMs: nowMs };
  }

  /** Returns what is kept after an offset. */
  read(after: number | undefined, keep: Retention, nowMs: number): HistoryPage {
    this.prune(keep, nowMs);
    const messages: Stored[] = [];
    const completeFrom = this.#kept.first?.previous ?? this.#top;
    if (after !== undefined) {
      for (const kept of this.#kept) {
        if (kept.offset > after && kept.body !== undefined) messages.push(storedOf(kept, kept.body));
      }
    }
    return { top: this.top, completeFrom, messages };
  }

  /** Deletes one message. Its number stays used, so nothing else changes for the others. */
  delete(offset: number): boolean {
    for (const kept of this.#kept) {
      if (kept.offset === offset) return this.#erase(kept);
    }
    return false;
  }

  /** Deletes all messages. */
  clear(): void {
    for (const kept of this.#kept) this.#erase(kept);
  }

  #erase(kept: Kept): boolean {
    if (kept.body === undefined) return false;
    this.#bytes -= sizeOf(kept);
    kept.body = undefined;
    this.#bytes += sizeOf(kept);
    return true;
  }

  /** Forgets what is too old or too much. The latest message always fits. */
  prune({ maxMessages, maxAgeMs, maxBytes }: Retention, nowMs: number): void {
    for (let oldest = this.#kept.first; oldest; oldest = this.#kept.first) {
      const isTooMuch = this.#kept.length > maxMessages || (this.#bytes > maxBytes && this.#kept.length > 1);
      if (!isTooMuch && nowMs - oldest.atMs <= maxAgeMs) return;
      this.#kept.shift();
      this.#bytes -= sizeOf(oldest);
      if (oldest.key !== undefined) this.#keys.delete(oldest.key);
    }
  }
}

function sizeOf({ body, event }: Kept): number {
  return OVERHEAD_BYTES + event.length + (typeof body === "string" ? body.length : body?.byteLength ?? 0);
}

function storedOf({ body: _, ...rest }: Kept, body: string | Uint8Array): Stored {
  return { ...rest, payload: typeof body === "string" ? JSON.parse(body) : body };
}
