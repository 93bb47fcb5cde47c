/**
 * Reads the ring of another thread.
 *
 * It copies some records, and delivers them only when they are copied. So a thread that never returns from what a
 * delivery does is not in the ring meanwhile, and can be cut off.
 *
 * @module
 */

import {
  type Address,
  BUS,
  HEADER_BYTES,
  HISTORY,
  type Port,
  recordBytes,
  TO_READER,
  TO_SUBSCRIBERS,
} from "./_record.ts";
import {
  CUT_OFF,
  FIRST_STATE,
  FIRST_TAIL,
  HEAD,
  IDLE,
  READING,
  RETURNING,
  type SharedMemory,
  UNSENT,
  WANTS_SPACE,
} from "./_shared_memory.ts";

/** How many records are copied before they are delivered. */
const RECORDS_PER_BATCH = 16;

/** What a reader does with the envelopes. None of it may throw. */
export interface EnvelopeReceiver {
  /** Returns whether anybody here may have subscribed to a topic with this hash. */
  wants(hash: number, port: Port): boolean;
  /** Called with each envelope: a copy, which is not shared. */
  receive(envelope: Uint8Array, address: Address): void;
  /** Called when this reader was cut off, and reads again: what was written meanwhile is lost for it. */
  returned(): void;
}

interface Parcel {
  readonly envelope: Uint8Array;
  readonly address: Address;
}

/** The reading end of a ring. */
export class RingReader {
  readonly #memory: SharedMemory;
  readonly #reader: number;
  readonly #receiver: EnvelopeReceiver;
  readonly #mask: number;
  #tail: number;
  #isCutOff = false;
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

  /** Whether something will never reach this reader, now that the writer has ended and the ring was read. */
  get hasMissed(): boolean {
    return this.#isCutOff || Atomics.load(this.#memory.words, UNSENT) === 1;
  }

  /** Reads while `mayGoOn` returns true. It is asked before each record. Returns whether more is there. */
  read(mayGoOn: () => boolean): boolean {
    while (this.#hasMore()) {
      if (!this.#begin()) return false;
      const batch: Parcel[] = [];
      const goesOn = this.#readBatch(mayGoOn, batch);
      this.#end();
      for (const { envelope, address } of batch) this.#receiver.receive(envelope, address);
      if (!goesOn) return this.#hasMore();
    }
    return false;
  }

  #hasMore(): boolean {
    return this.#tail !== Atomics.load(this.#memory.words, HEAD) || this.#isCutOff;
  }

  #readBatch(mayGoOn: () => boolean, batch: Parcel[]): boolean {
    const head = Atomics.load(this.#memory.words, HEAD);
    for (let n = 0; n < RECORDS_PER_BATCH && this.#tail !== head; n++) {
      if (!mayGoOn()) return false;
      this.#readRecord(batch);
    }
    return true;
  }

  /** From here to {@linkcode #end} the writer waits for this reader. Returns whether it may read. */
  #begin(): boolean {
    const { words } = this.#memory;
    const state = Atomics.compareExchange(words, FIRST_STATE + this.#reader, IDLE, READING);
    if (state === CUT_OFF) {
      this.#isCutOff = true;
      Atomics.store(words, FIRST_STATE + this.#reader, RETURNING);
      this.#memory.call();
    }
    if (state !== IDLE) return false;
    if (this.#isCutOff) this.#return();
    return true;
  }

  /** The writer has let it in again. */
  #return(): void {
    this.#isCutOff = false;
    this.#parts = undefined;
    this.#tail = Atomics.load(this.#memory.words, FIRST_TAIL + this.#reader);
    this.#receiver.returned();
  }

  #end(): void {
    const { words } = this.#memory;
    Atomics.store(words, FIRST_TAIL + this.#reader, this.#tail);
    Atomics.store(words, FIRST_STATE + this.#reader, IDLE);
    if (Atomics.exchange(words, WANTS_SPACE, 0) === 1) this.#memory.call();
  }

  #readRecord(batch: Parcel[]): void {
    const { ringWords } = this.#memory;
    const start = this.#tail;
    const length = ringWords[(start & this.#mask) >> 2]!;
    const flags = ringWords[(start + 4 & this.#mask) >> 2]!;
    const hash = ringWords[(start + 8 & this.#mask) >> 2]! >>> 0;
    this.#tail = start + recordBytes(length) | 0;
    const address: Address = { port: (flags & 4) === 0 ? BUS : HISTORY, route: flags >>> 3, hash };
    if (!this.#isFor(address)) return;
    this.#collect(flags, address, this.#copy(start + HEADER_BYTES & this.#mask, length), batch);
  }

  #isFor({ port, route, hash }: Address): boolean {
    if (route === TO_SUBSCRIBERS) return this.#receiver.wants(hash, port) || this.#parts !== undefined;
    return route < TO_READER || route === TO_READER + this.#reader;
  }

  #collect(flags: number, address: Address, content: Uint8Array, batch: Parcel[]): void {
    const isFirst = (flags & 1) !== 0;
    const isLast = (flags & 2) !== 0;
    if (isFirst && isLast) return void batch.push({ envelope: content, address });
    if (isFirst) this.#parts = [content];
    else this.#parts?.push(content); // without the first: it was written before this reader was added
    if (!isLast || !this.#parts) return;
    const envelope = joined(this.#parts);
    this.#parts = undefined;
    batch.push({ envelope, address });
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
