/**
 * The time that a server spends in its handlers.
 *
 * @module
 */

/**
 * What a server spent in its handlers since it is watched. Includes the time in which a handler waits for a promise.
 *
 * @category Servers
 */
export interface HandlerTimes {
  /** Number of messages that were handled. */
  readonly handled: number;
  /** How long that took, in milliseconds. */
  readonly totalMs: number;
  /** How long the slowest of them took, in milliseconds. */
  readonly longestMs: number;
  /**
   * How long one of them kept the thread before it waited for a promise or was done, at worst, in milliseconds. Nothing
   * else runs in that time, on any connection.
   */
  readonly longestBlockMs: number;
  /** How long the current handler has been running, in milliseconds; `undefined` if none runs. */
  readonly runningMs: number | undefined;
}
