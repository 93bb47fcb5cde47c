/**
 * Types for the function of a task and its result.
 *
 * @module
 */

import type { ExitReason } from "../process/exit_reason.ts";
import type { Self } from "../process/pid.ts";

/**
 * The function of a task. `signal` is aborted when the task is ended from outside: pass it to `fetch` and the like.
 * `self` is the task's own process, for example to link further tasks to.
 *
 * @category Tasks and agents
 */
export type TaskFunction<T> = (signal: AbortSignal, self: Self<never>) => T | Promise<T>;

/**
 * The result of a task: the value that its function returned, or why there is none.
 *
 * @category Tasks and agents
 */
export type TaskResult<T> =
  | {
    /** The function returned. */
    readonly ok: true;
    /** The value that the function returned. */
    readonly value: T;
  }
  | {
    /** The task ended before its function returned. */
    readonly ok: false;
    /** The reason: the value that the function threw, or the exit reason. */
    readonly reason: ExitReason;
  };

/**
 * The result for one item of a stream.
 *
 * @category Tasks and agents
 */
export type TaskStreamResult<I, T> =
  | {
    /** The function returned. */
    readonly ok: true;
    /** The value that the function returned for the item. */
    readonly value: T;
  }
  | {
    /** The task of the item failed. */
    readonly ok: false;
    /** The reason: the value that the function threw, the exit reason of the task, or `"timeout"`. */
    readonly reason: ExitReason | "timeout";
    /** The item. */
    readonly input: I;
  };
