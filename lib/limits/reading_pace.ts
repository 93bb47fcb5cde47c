/**
 * Whether a client reads fast enough for what waits for it: the slow-reader rule.
 *
 * Size alone says nothing: a server may say a lot at once, to a client that reads all the time. So the rule is about
 * pace, and holds only while more waits than the limit:
 *
 * - All that waited when the limit was passed has to be read within `timeoutMs`; then the same holds for what waits by
 *   then. So a client that reads a byte a second is not kept, and no more waits than a client reads in that time.
 * - What is under way has to arrive at that pace too: one that reads nothing is found long before `timeoutMs` is over,
 *   and the sooner the more waits. The wire needs some time, so nobody is closed within a second.
 *
 * Pure: no connection, no clock.
 *
 * @module
 */

/** What waits for a client, and how that has changed since the last look. */
export interface Reading {
  /** Bytes that the client has read since the last look. */
  readonly readBytes: number;
  /** Bytes that are under way. They may only be known to have arrived when the last of them has. */
  readonly sentBytes: number;
  /** Bytes that wait to be sent. */
  readonly waitingBytes: number;
  /** How long ago the last look was, in milliseconds. */
  readonly elapsedMs: number;
}

/** Longer than a round trip, and than a client that is busy for a moment. */
const LEAST_PATIENCE_MS = 1000;

/** Judges one client for whom something waits. */
export class ReadingPace {
  readonly #maxBytes: number;
  readonly #timeoutMs: number;
  /** What is left of what has to be read, and the time left for it; `undefined` while no more waits than may. */
  #goal: { bytes: number; leftMs: number } | undefined;
  #stillMs = 0;

  /**
   * Creates the rule for a client.
   *
   * @param maxBytes How much may wait, for as long as it takes.
   * @param timeoutMs How long it may take to read more than that, in milliseconds.
   */
  constructor(maxBytes: number, timeoutMs: number) {
    this.#maxBytes = maxBytes;
    this.#timeoutMs = timeoutMs;
  }

  /** Returns whether the client reads too slowly. To be asked at intervals. */
  isTooSlow({ readBytes, sentBytes, waitingBytes, elapsedMs }: Reading): boolean {
    const bytes = sentBytes + waitingBytes;
    this.#stillMs = readBytes > 0 ? 0 : this.#stillMs + elapsedMs;
    if (bytes <= this.#maxBytes) {
      this.#goal = undefined;
      return false;
    }
    // How long what is under way takes for a client that reads all of it just in time.
    const paceMs = this.#timeoutMs * sentBytes / bytes;
    if (this.#stillMs > Math.max(paceMs, Math.min(LEAST_PATIENCE_MS, this.#timeoutMs))) return true;
    return this.#isBehind(bytes, readBytes, elapsedMs);
  }

  #isBehind(bytes: number, readBytes: number, elapsedMs: number): boolean {
    if (this.#goal) {
      this.#goal.bytes -= readBytes;
      this.#goal.leftMs -= elapsedMs;
      if (this.#goal.bytes > 0) return this.#goal.leftMs <= 0;
    }
    this.#goal = { bytes, leftMs: this.#timeoutMs };
    return false;
  }
}
