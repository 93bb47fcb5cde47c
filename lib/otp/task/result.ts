/**
 * What a task runs, and what comes of it.
 *
 * @module
 */

import type { ExitReason } from "../process/exit_reason.ts";
import type { Self } from "../process/pid.ts";

/**
 * What a task runs. `signal` is aborted when the task is ended from elsewhere: hand it on to `fetch` and the like. `self`
 * is the task's own process, to link further tasks to.
 */
export type TaskFunction<T> = (signal: AbortSignal, self: Self<never>) => T | Promise<T>;

/** What came of a task: what its function returned, or why there is no such thing. */
export type TaskResult<T> =
  | {
    /** It is done. */
    readonly ok: true;
    /** What its function returned. */
    readonly value: T;
  }
  | {
    /** It ended before it was done. */
    readonly ok: false;
    /** Why: what its function threw, or the reason with which it was ended. */
    readonly reason: ExitReason;
  };

/** What came of one item of a stream. */
export type TaskStreamResult<I, T> =
  | {
    /** It is done. */
    readonly ok: true;
    /** What the function returned for it. */
    readonly value: T;
  }
  | {
    /** It failed. */
    readonly ok: false;
    /** Why: what the function threw, with what its task was ended, or that it took too long. */
    readonly reason: ExitReason | "timeout";
    /** The item. */
    readonly input: I;
  };
