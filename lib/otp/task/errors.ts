/**
 * Errors of tasks, for callers that want to catch them.
 *
 * @module
 */

import { describeExit, type ExitReason } from "../process/exit_reason.ts";

/**
 * Thrown when a task did not complete in time. The task has been ended.
 *
 * @category Tasks and agents
 */
export class TaskTimeoutError extends Error {
  /** How long the caller waited, in milliseconds. */
  readonly timeoutMs: number;

  /** Creates the error for `task`. */
  constructor(task: string, timeoutMs: number) {
    super(`Cannot await task "${task}": not done within ${timeoutMs} ms`);
    this.name = "TaskTimeoutError";
    this.timeoutMs = timeoutMs;
  }
}

/**
 * Thrown to a waiting caller when a task ended before it completed.
 *
 * @category Tasks and agents
 */
export class TaskExitError extends Error {
  /** Why it ended: the value that its function threw, or the exit reason. */
  readonly reason: ExitReason;

  /** Creates the error for `task`. */
  constructor(task: string, reason: ExitReason) {
    super(`Cannot await task "${task}": it ended (${describeExit(reason)})`, { cause: reason });
    this.name = "TaskExitError";
    this.reason = reason;
  }
}
