/**
 * The result of a task as a message.
 *
 * @module
 */

import type { Task } from "./task.ts";
import type { TaskResult } from "./result.ts";

/**
 * What a process gets that asked for the result of a task by `replyTo`, instead of waiting for it. OTP's
 * `{ref, result}` and `{:DOWN, ref, …}` in one. Like all messages of the system it always has room in a mailbox.
 */
export class TaskReply<T> {
  /** The task. */
  readonly task: Task<T>;
  /** What came of it. */
  readonly result: TaskResult<T>;

  /** Creates the message. */
  constructor(task: Task<T>, result: TaskResult<T>) {
    this.task = task;
    this.result = result;
  }
}
