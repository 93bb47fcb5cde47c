/**
 * The slow-reader rule: whether a client reads its waiting data fast enough.
 *
 * Size alone says nothing: a server may send a burst to a client that keeps reading. So the rule is about pace, and
 * applies only while more data waits than the limit:
 *
 * - All data that waited when the limit was exceeded must be read within `timeoutMs`; then the same applies to the data
 *   that waits by then. So a client that reads a byte a second is closed, and no more waits than a client reads in that
 *   time.
 * - Data that was sent must arrive at that pace too: a client that reads nothing is detected long before `timeoutMs` is
 *   over, and the sooner the more data waits. The network needs some time, so no client is closed within a second.
 *
 * This module is pure: no connection, no clock.
 *
 * @module
 */

/** The data that waits for a client, and how much it has read since the last check. */
export interface Reading {
  /** Bytes that the client has read since the last check. */
  readonly readBytes: number;
  /** Bytes that were sent and not yet confirmed. Some may have arrived: only the last of them confirms all. */
  readonly sentBytes: number;
  /** Bytes that wait to be sent. */
  readonly waitingBytes: number;
  /** Time since the last check, in milliseconds. */
  readonly elapsedMs: number;
}

/** The shortest time until a client is closed: longer than a round trip or a short pause of a busy client. */
const LEAST_PATIENCE_MS = 1000;

/** Applies the slow-reader rule to one client. */
export class ReadingPace {
  readonly #maxBytes: number;
  readonly #timeoutMs: number;
  /** The bytes that must still be read, and the time left for it; `undefined` while the limit is not exceeded. */
  #goal: { bytes: number; leftMs: number } | undefined;
  #stillMs = 0;

  /**
   * Creates the rule for a client.
   *
   * @param maxBytes How many bytes may wait without a time limit.
   * @param timeoutMs How long the client may take to read more than that, in milliseconds.
   */
  constructor(maxBytes: number, timeoutMs: number) {
    this.#maxBytes = maxBytes;
    this.#timeoutMs = timeoutMs;
  }

  /** Returns whether the client reads too slowly. Call it at intervals. */
  isTooSlow({ readBytes, sentBytes, waitingBytes, elapsedMs }: Reading): boolean {
    const bytes = sentBytes + waitingBytes;
    this.#stillMs = readBytes > 0 ? 0 : this.#stillMs + elapsedMs;
    if (bytes <= this.#maxBytes) {
      this.#goal = undefined;
      return false;
    }
    // The time that the sent data takes with a client that reads all of it just in time.
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
