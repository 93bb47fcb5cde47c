/**
 * The status of a server, for debugging and crash reports.
 *
 * @module
 */

/**
 * The status of a server, as returned by `sys.getStatus` and included in crash reports.
 *
 * @category Results of callbacks
 */
export interface ServerStatus<S = unknown> {
  /** Whether the server handles ordinary messages. */
  readonly phase: "running" | "suspended";
  /** The state of the server. */
  readonly state: S;
  /** Number of messages in its mailbox. */
  readonly messageQueueLength: number;
  /** The message that it was handling; only in a crash report. */
  readonly lastMessage: unknown;
}
