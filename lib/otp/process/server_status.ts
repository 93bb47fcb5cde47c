/**
 * What is shown of a server, to people and in crash reports.
 *
 * @module
 */

/** What is shown of a server: by `getStatus` of `sys`, and in crash reports. */
export interface ServerStatus<S = unknown> {
  /** Whether it handles messages. */
  readonly phase: "running" | "suspended";
  /** Its state. */
  readonly state: S;
  /** How many messages wait. */
  readonly messageQueueLength: number;
  /** What it was handling, in a crash report. */
  readonly lastMessage: unknown;
}
