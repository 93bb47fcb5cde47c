/**
 * The memory that a thread shares with the others: its doorbell, and a ring of bytes that it writes and they read.
 *
 * | words of 4 bytes | content |
 * | --- | --- |
 * | 0 | doorbell: 1 if the thread has been called and has not looked yet |
 * | 1 | head: how many bytes the thread has written, modulo 2^32 |
 * | 2 | 1 if the thread waits for space in its ring |
 * | 3 | 1 while something waits in front of the ring |
 * | 16 to 519 | tails: how many bytes each reader has read, modulo 2^32 |
 * | 520 to 1023 | what each reader does, see {@linkcode IDLE} |
 * | from 1024 | the ring |
 *
 * @module
 */

/** Indexes of the words. */
export const BELL = 0;
export const HEAD = 1;
export const WANTS_SPACE = 2;
export const UNSENT = 3;
export const FIRST_TAIL = 16;
export const FIRST_STATE = 520;
const FIRST_RING_WORD = 1024;

/** A reader does not read now. */
export const IDLE = 0;
/** A reader copies records: it cannot be cut off. */
export const READING = 1;
/** A reader was cut off: what it has not read is overwritten. */
export const CUT_OFF = 2;
/** A reader that was cut off has noticed, and waits for the writer to let it in again. */
export const RETURNING = 3;

/** How many other threads can read a ring. */
export const MAX_READERS: number = FIRST_STATE - FIRST_TAIL;

/** Views of the memory of one thread. */
export class SharedMemory {
  /** The memory itself, to be posted to other threads. */
  readonly buffer: SharedArrayBuffer;
  /** The words before the ring, for `Atomics`. */
  readonly words: Int32Array;
  /** The ring as words. Its length is a power of two. */
  readonly ringWords: Int32Array;
  /** The ring as bytes. */
  readonly ringBytes: Uint8Array;

  /** Creates views of `buffer`. */
  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer;
    const start = FIRST_RING_WORD * Int32Array.BYTES_PER_ELEMENT;
    this.words = new Int32Array(buffer, 0, FIRST_RING_WORD);
    this.ringWords = new Int32Array(buffer, start);
    this.ringBytes = new Uint8Array(buffer, start);
  }

  /** Allocates memory with a ring of `ringBytes` bytes, a power of two. */
  static allocate(ringBytes: number): SharedMemory {
    return new SharedMemory(new SharedArrayBuffer(FIRST_RING_WORD * Int32Array.BYTES_PER_ELEMENT + ringBytes));
  }

  /** Calls the thread that owns this memory: something was written for it, or it has space. */
  call(): void {
    if (Atomics.exchange(this.words, BELL, 1) === 0) Atomics.notify(this.words, BELL);
  }

  /**
   * Waits until the owner has been called since it last waited. Does not keep the program alive.
   *
   * @returns A promise, or `undefined` if it has been called already.
   */
  called(): Promise<unknown> | undefined {
    if (Atomics.exchange(this.words, BELL, 0) === 1) return undefined;
    const waiting = Atomics.waitAsync(this.words, BELL, 0);
    return waiting.async ? waiting.value.then(() => Atomics.store(this.words, BELL, 0)) : undefined;
  }
}
