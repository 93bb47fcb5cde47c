/**
 * The result of a task as a message.
 *
 * @module
 */

import type { Task } from "./task.ts";
import type { TaskResult } from "./result.ts";

/**
 * The message that carries the result of a task to the process given as `replyTo`. OTP's `{ref, result}` and `{:DOWN,
 * ref, …}` in one. Like all system messages it is delivered even if the mailbox is full.
 *
 * @category Tasks and agents
 */
export class TaskReply<T> {
  /** The task. */
  readonly task: Task<T>;
  /** The result of the task. */
  readonly result: TaskResult<T>;

  /** Creates the message. */
  constructor(task: Task<T>, result: TaskResult<T>) {
    this.task = task;
    this.result = result;
  }
}
