/**
 * The options of `threadsAdapter`.
 *
 * @module
 */

/** Options for `threadsAdapter`. */
export interface ThreadsAdapterOptions {
  /**
   * Threads with the same prefix are connected. 1 to 64 letters, digits, `-` and `_`.
   *
   * @default {"urvogel"}
   */
  readonly prefix?: string;
  /**
   * How many bytes may wait in this thread for others that are slow. When more would wait, `broadcast` throws: a
   * `TooLargeError` for a broadcast that is larger by itself, otherwise a `BusDownError`.
   *
   * @default {67108864}
   */
  readonly maxBytesWaiting?: number;
  /**
   * How long a thread may read nothing while broadcasts wait for it, in milliseconds. Then it is cut off, so that the
   * other threads go on (`urvogel:bus:cut_off`). When it returns to its event loop it is connected again: what it
   * missed is lost for it (`urvogel:bus:gap`), except for topics with history.
   *
   * @default {10000}
   */
  readonly maxStallMs?: number;
  /**
   * Of how many topics with history messages are kept. Beyond that the messages of the topic that was used least
   * recently are forgotten: a client that missed some of them gets that report.
   *
   * @default {10000}
   */
  readonly maxTopics?: number;
  /**
   * The name of this thread: 1 to 64 letters, digits, `-` and `_`. No other thread may have it.
   *
   * @default {"thread-" and a random UUID}
   */
  readonly nodeName?: string;
}
