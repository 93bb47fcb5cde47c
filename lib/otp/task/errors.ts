/**
 * What goes wrong with tasks, for callers who want to catch it.
 *
 * @module
 */

import { describeExit, type ExitReason } from "../process/exit_reason.ts";

/** Thrown where somebody waited for a task for longer than they wanted to. The task has been ended. */
export class TaskTimeoutError extends Error {
  /** How long they waited, in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for `task`. */
  constructor(task: string, timeoutMs: number) {
    super(`Cannot await task "${task}": not done within ${timeoutMs} ms`);
    this.name = "TaskTimeoutError";
    this.timeoutMs = timeoutMs;
  }
}

/** Thrown where somebody waited for a task that ended before it was done. */
export class TaskExitError extends Error {
  /** Why it ended: what its function threw, or the reason with which it was ended. */
  readonly reason: ExitReason;

  /** Creates the error for `task`. */
  constructor(task: string, reason: ExitReason) {
    super(`Cannot await task "${task}": it ended (${describeExit(reason)})`, { cause: reason });
    this.name = "TaskExitError";
    this.reason = reason;
  }
}
