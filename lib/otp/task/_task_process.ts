/**
 * The process of a task: runs one function, keeps what came of it.
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

/** Who a task belongs to. */
export interface TaskOrigin {
  /** What it is, for people. */
  readonly label?: string | undefined;
  /** Its parent, to which it is linked: who asked for it, or a supervisor. */
  readonly parent?: Pid<never> | undefined;
  /**
   * Whether it is linked to its parent. The tasks of a stream are not: the stream acts as the link.
   *
   * @default {true}
   */
  readonly linked?: boolean;
  /** Who asked for it, and is linked to it as well. */
  readonly owner?: Pid<never> | undefined;
  /** On whose behalf it runs; the owner where there is one. */
  readonly caller?: Pid<never> | undefined;
}

/** A process that runs a function and ends. */
export class TaskProcess<T> extends Process implements Runnable {
  /** On whose behalf it runs, the nearest first. OTP's `$callers`. */
  readonly callers: readonly Pid<never>[];
  readonly #owner: Pid<never> | undefined;
  #run: TaskFunction<T> | undefined;
  #result: TaskResult<T> | undefined;

  /** Creates the process and links it, unless it is not to be; what it runs begins soon, not within this call. */
  constructor(run: TaskFunction<T>, { label, parent, linked = true, owner, caller = owner }: TaskOrigin) {
    super({ label: label ?? (run.name || "task"), link: parent });
    this.callers = caller ? callersFrom(caller) : [];
    this.#owner = owner;
    this.#run = run;
    if (linked) introduce(this, undefined);
    if (owner && owner !== parent && this.alive) this.link(owner);
    scheduler.enqueue(this);
  }

  /** What came of it; `undefined` while it runs. */
  get result(): TaskResult<T> | undefined {
    return this.#result;
  }

  /** Lets its owner live on when it is ended. */
  leaveOwner(): void {
    if (this.#owner) this.unlink(this.#owner);
  }

  /** Ends the process; unless it is done, the reason is what came of it. */
  override end(reason: ExitReason): void {
    this.#result ??= { ok: false, reason };
    super.end(reason);
  }

  /** Begins. Called by the scheduler. */
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
      if (!this.alive) return; // what an ended task throws concerns nobody
      const error = exitReasonOf(thrown);
      const { ancestors, callers } = this;
      reportCrash({ pid: this, during: "its task", error, ancestors, callers });
      this.end(error);
    }
  }
}

/** `caller` and those on whose behalf it runs itself, as far as they are still there. */
function callersFrom(caller: Pid<never>): readonly Pid<never>[] {
  return caller instanceof TaskProcess ? [caller, ...caller.callers.filter(({ alive }) => alive)] : [caller];
}
