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
   * The name of this thread: 1 to 64 letters, digits, `-` and `_`. No other thread may have it.
   *
   * @default {"thread-" and a random UUID}
   */
  readonly nodeName?: string;
}
