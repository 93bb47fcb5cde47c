/**
 * The process of a task: it runs one function and keeps its result.
 *
 * @module
 */

import { type Runnable, scheduler } from "../../base/scheduler.ts";
import { reportCrash } from "../process/crash_report.ts";
import { type ExitReason, exitReasonOf } from "../process/exit_reason.ts";
import { introduce } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import { Process } from "../process/process.ts";
import type { TaskFunction, TaskResult } from "./result.ts";

/** The label of a task, and the processes that it belongs to. */
export interface TaskOrigin {
  /** A label that describes the task. */
  readonly label?: string | undefined;
  /** Its parent, to which it is linked: the process that started it, or a supervisor. */
  readonly parent?: Pid<never> | undefined;
  /**
   * Whether it is linked to its parent. The tasks of a stream are not linked: the stream acts as the link.
   *
   * @default {true}
   */
  readonly linked?: boolean;
  /** The process that started it, if the parent is a supervisor; it is linked to the task as well. */
  readonly owner?: Pid<never> | undefined;
  /** The process on whose behalf it runs; by default the owner. */
  readonly caller?: Pid<never> | undefined;
}

/** A process that runs a function and ends. */
export class TaskProcess<T> extends Process implements Runnable {
  /** The processes on whose behalf it runs, the nearest first. OTP's `$callers`. */
  readonly callers: readonly Pid<never>[];
  readonly #owner: Pid<never> | undefined;
  #run: TaskFunction<T> | undefined;
  #result: TaskResult<T> | undefined;

  /** Creates the process and links it, unless `linked` is false. The function starts soon, not within this call. */
  constructor(run: TaskFunction<T>, { label, parent, linked = true, owner, caller = owner }: TaskOrigin) {
    super({ label: label ?? (run.name || "task"), link: parent });
    this.callers = caller ? callersFrom(caller) : [];
    this.#owner = owner;
    this.#run = run;
    if (linked) introduce(this, undefined);
    if (owner && owner !== parent && this.alive) this.link(owner);
    scheduler.enqueue(this);
  }

  /** The result; `undefined` while the task runs. */
  get result(): TaskResult<T> | undefined {
    return this.#result;
  }

  /** Unlinks the owner, so that it survives when the task is ended. */
  leaveOwner(): void {
    if (this.#owner) this.unlink(this.#owner);
  }

  /** Ends the process. If the function has not returned, the reason becomes the result. */
  override end(reason: ExitReason): void {
    this.#result ??= { ok: false, reason };
    super.end(reason);
  }

  /** Runs the function. Called by the scheduler. */
  run(): void {
    scheduler.spendOnStart(); // also for one that has ended meanwhile: whoever ends what it starts pays as well
    void this.#begin();
  }

  async #begin(): Promise<void> {
    const run = this.#run!;
    this.#run = undefined; // may hold on to much, and is not needed again
    if (!this.alive) return;
    try {
      const value = await run(this.signal, this);
      this.#result ??= { ok: true, value };
      this.end("normal");
    } catch (thrown) {
      if (!this.alive) return; // an error after the end is ignored
      const error = exitReasonOf(thrown);
      const { ancestors, callers } = this;
      reportCrash({ pid: this, during: "its task", error, ancestors, callers });
      this.end(error);
    }
  }
}

/** Returns `caller` and the processes on whose behalf it runs itself, if they are still known. */
function callersFrom(caller: Pid<never>): readonly Pid<never>[] {
  return caller instanceof TaskProcess ? [caller, ...caller.callers.filter(({ alive }) => alive)] : [caller];
}
