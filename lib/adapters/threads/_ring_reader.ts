/**
 * Reads the ring of another thread.
 *
 * @module
 */

import { HEADER_BYTES, recordBytes, TO_READER, TO_SUBSCRIBERS } from "./_record.ts";
import { FIRST_TAIL, HEAD, type SharedMemory, WANTS_SPACE } from "./_shared_memory.ts";

/** What a reader does with the envelopes. */
export interface EnvelopeReceiver {
  /** Returns whether anybody here may have subscribed to a topic with this hash. */
  wants(hash: number): boolean;
  /** Called with each envelope: a copy, which is not shared. Must not throw. */
  receive(envelope: Uint8Array, route: number, hash: number): void;
}

/** The reading end of a ring. */
export class RingReader {
  readonly #memory: SharedMemory;
  readonly #reader: number;
  readonly #receiver: EnvelopeReceiver;
  readonly #mask: number;
  #tail: number;
  /** The records so far of an envelope that is not complete. */
  #parts: Uint8Array[] | undefined;

  /** Creates the reader number `reader` of a ring. It begins where the writer has added it. */
  constructor(memory: SharedMemory, reader: number, receiver: EnvelopeReceiver) {
    this.#memory = memory;
    this.#reader = reader;
    this.#receiver = receiver;
    this.#mask = memory.ringBytes.length - 1;
    this.#tail = Atomics.load(memory.words, FIRST_TAIL + reader);
  }

  /** Reads while `mayGoOn` returns true. It is asked before each record. Returns whether more is there. */
  read(mayGoOn: () => boolean): boolean {
    const { words } = this.#memory;
    const head = Atomics.load(words, HEAD);
    if (this.#tail === head) return false;
    while (this.#tail !== head && mayGoOn()) this.#readRecord();
    Atomics.store(words, FIRST_TAIL + this.#reader, this.#tail);
    if (Atomics.exchange(words, WANTS_SPACE, 0) === 1) this.#memory.call();
    return this.#tail !== head;
  }

  #readRecord(): void {
    const { ringWords } = this.#memory;
    const start = this.#tail;
    const length = ringWords[(start & this.#mask) >> 2]!;
    const flags = ringWords[(start + 4 & this.#mask) >> 2]!;
    const hash = ringWords[(start + 8 & this.#mask) >> 2]! >>> 0;
    this.#tail = start + recordBytes(length) | 0;
    const route = flags >> 2;
    if (!this.#isFor(route, hash)) return;
    this.#collect(flags, route, hash, this.#copy(start + HEADER_BYTES & this.#mask, length));
  }

  #isFor(route: number, hash: number): boolean {
    if (route === TO_SUBSCRIBERS) return this.#receiver.wants(hash) || this.#parts !== undefined;
    return route < TO_READER || route === TO_READER + this.#reader;
  }

  #collect(flags: number, route: number, hash: number, content: Uint8Array): void {
    const isFirst = (flags & 1) !== 0;
    const isLast = (flags & 2) !== 0;
    if (isFirst && isLast) return this.#receiver.receive(content, route, hash);
    if (isFirst) this.#parts = [content];
    else this.#parts?.push(content); // without the first: it was written before this reader was added
    if (!isLast || !this.#parts) return;
    const envelope = joined(this.#parts);
    this.#parts = undefined;
    this.#receiver.receive(envelope, route, hash);
  }

  #copy(at: number, length: number): Uint8Array {
    const { ringBytes } = this.#memory;
    if (at + length <= ringBytes.length) return ringBytes.slice(at, at + length);
    return joined([ringBytes.subarray(at), ringBytes.subarray(0, at + length - ringBytes.length)]);
  }
}

/** Joins parts to bytes that are not shared. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}
