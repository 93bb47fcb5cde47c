/**
 * What the crowd has done, counted.
 *
 * @module
 */

/** Counts of one stretch of time. */
export class Tally {
  /** WebSockets opened. */
  connections = 0;
  /** Joins that were answered. */
  joins = 0;
  /** Channels that were made to fail. */
  crashes = 0;
  /** Visitors who went without a word. */
  vanished = 0;
  /** Visitors who went before the server had let them in. */
  lostHandshakes = 0;
  /** Visitors who did not read, or did not write on. */
  stalled = 0;
  /** Frames and bytes without sense. */
  garbage = 0;
  /** Visits that the server, and not the visitor, ended. */
  readonly failed: string[] = [];
}
