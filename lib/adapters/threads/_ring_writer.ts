/**
 * Writes to the ring of this thread.
 *
 * @module
 */

import { flagsOf, HEADER_BYTES, recordBytes, type RingRecord } from "./_record.ts";
import {
  CUT_OFF,
  FIRST_STATE,
  FIRST_TAIL,
  HEAD,
  IDLE,
  MAX_READERS,
  RETURNING,
  type SharedMemory,
  UNSENT,
  WANTS_SPACE,
} from "./_shared_memory.ts";

/** The writing end of a ring. Nothing is overwritten before all readers have read it, but those that were cut off. */
export class RingWriter {
  readonly #memory: SharedMemory;
  readonly #mask: number;
  readonly #readers = new Set<number>();
  readonly #cutOff = new Set<number>();
  #head: number;
  /** How much can be written without looking at the tails again. */
  #freeBytes = 0;

  /** Creates the writer of an empty ring, which counts its bytes from `startBytes`. */
  constructor(memory: SharedMemory, startBytes = 0) {
    this.#memory = memory;
    this.#head = startBytes | 0;
    Atomics.store(memory.words, HEAD, this.#head);
    this.#mask = memory.ringBytes.length - 1;
  }

  /** The number of readers. */
  get readerCount(): number {
    return this.#readers.size;
  }

  /**
   * Adds a reader of what is written from now on.
   *
   * @returns Its number, or `undefined` if there are too many.
   */
  addReader(): number | undefined {
    for (let reader = 0; reader < MAX_READERS; reader++) {
      if (this.#readers.has(reader)) continue;
      this.#letIn(reader);
      this.#readers.add(reader);
      return reader;
    }
    return undefined;
  }

  /** Removes a reader that has ended: the ring waits for it no longer. */
  removeReader(reader: number): void {
    this.#readers.delete(reader);
    this.#cutOff.delete(reader);
    this.#freeBytes = 0;
  }

  /** Returns the readers that have not read everything, each with how far it has come. */
  *behind(): Generator<readonly [reader: number, tail: number], void, void> {
    for (const reader of this.#readers) {
      const tail = Atomics.load(this.#memory.words, FIRST_TAIL + reader);
      if (tail !== this.#head && !this.#cutOff.has(reader)) yield [reader, tail];
    }
  }

  /**
   * Cuts a reader off: what it has not read may be overwritten. It finds out when it reads again.
   *
   * @returns Whether it was possible: not while it reads.
   */
  cutOff(reader: number): boolean {
    const state = Atomics.compareExchange(this.#memory.words, FIRST_STATE + reader, IDLE, CUT_OFF);
    if (state !== IDLE) return false;
    this.#cutOff.add(reader);
    this.#freeBytes = 0;
    return true;
  }

  /** Returns whether a reader is cut off. */
  isCutOff(reader: number): boolean {
    return this.#cutOff.has(reader);
  }

  /** Lets readers in again that were cut off and have noticed it. Returns them: they read what is written from now on. */
  letInAgain(): readonly number[] {
    if (this.#cutOff.size === 0) return [];
    const { words } = this.#memory;
    const back = [...this.#cutOff].filter((reader) => Atomics.load(words, FIRST_STATE + reader) === RETURNING);
    for (const reader of back) {
      this.#cutOff.delete(reader);
      this.#letIn(reader);
    }
    return back;
  }

  /**
   * Writes a record.
   *
   * @returns Whether there was space. Otherwise a reader calls this thread when there may be.
   */
  write(record: RingRecord): boolean {
    const { content, address } = record;
    const bytes = recordBytes(content.length);
    if (bytes > this.#freeBytes && !this.#makeSpace(bytes)) return false;
    const { ringWords, words } = this.#memory;
    const head = this.#head;
    ringWords[(head & this.#mask) >> 2] = content.length;
    ringWords[(head + 4 & this.#mask) >> 2] = flagsOf(record);
    ringWords[(head + 8 & this.#mask) >> 2] = address.hash;
    this.#copy(content, head + HEADER_BYTES & this.#mask);
    this.#head = head + bytes | 0;
    this.#freeBytes -= bytes;
    Atomics.store(words, HEAD, this.#head); // publishes all that was written before
    return true;
  }

  /** Notes whether something waits in front of the ring: it is lost if this thread ends meanwhile. */
  noteUnsent(isUnsent: boolean): void {
    Atomics.store(this.#memory.words, UNSENT, isUnsent ? 1 : 0);
  }

  #letIn(reader: number): void {
    Atomics.store(this.#memory.words, FIRST_TAIL + reader, this.#head);
    Atomics.store(this.#memory.words, FIRST_STATE + reader, IDLE); // the tail before: it may read from now on
  }

  #copy(content: Uint8Array, at: number): void {
    const { ringBytes } = this.#memory;
    const untilEnd = ringBytes.length - at;
    if (content.length <= untilEnd) return ringBytes.set(content, at);
    ringBytes.set(content.subarray(0, untilEnd), at);
    ringBytes.set(content.subarray(untilEnd), 0);
  }

  #makeSpace(bytes: number): boolean {
    if (this.#measure() >= bytes) return true;
    Atomics.store(this.#memory.words, WANTS_SPACE, 1);
    return this.#measure() >= bytes; // a reader may have read in between, and called nobody
  }

  #measure(): number {
    let usedBytes = 0;
    for (const reader of this.#readers) {
      if (this.#cutOff.has(reader)) continue;
      const tail = Atomics.load(this.#memory.words, FIRST_TAIL + reader);
      usedBytes = Math.max(usedBytes, this.#head - tail | 0);
    }
    return this.#freeBytes = this.#memory.ringBytes.length - usedBytes;
  }
}
