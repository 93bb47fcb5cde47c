/**
 * The table of a task supervisor: starts, restarts and ends its tasks.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { type ChildShutdown, type Restart, restartsAfter } from "../process/child_spec.ts";
import { CallExitError } from "../process/errors.ts";
import { endChild } from "../supervisor/launch_child.ts";
import { OwnedBy } from "../process/owned_by.ts";
import type { Pid } from "../process/pid.ts";
import type { Process } from "../process/process.ts";
import type { RestartIntensity } from "../supervisor/restart_intensity.ts";
import { ChildError } from "../supervisor/errors.ts";
import { TaskProcess } from "./_task_process.ts";
import type { TaskFunction } from "./result.ts";

/** A supervisor's record of one task. */
export interface TaskChild<T> {
  readonly run: TaskFunction<T>;
  readonly restart: Restart;
  readonly shutdown: ChildShutdown;
  readonly owner?: Pid<never> | undefined;
  readonly caller?: Pid<never> | undefined;
  readonly label?: string | undefined;
}

/** The tasks of a supervisor. */
export class SupervisedTasks {
  readonly #supervisor: Process;
  readonly #maxChildren: number;
  readonly #intensity: RestartIntensity;
  readonly #onTooManyRestarts: () => void;
  readonly #children: OwnedBy<TaskChild<unknown>> = new OwnedBy((child, process) => this.#ended(child, process));
  #ending = false;

  /** Creates an empty table. */
  constructor(
    supervisor: Process,
    maxChildren: number,
    intensity: RestartIntensity,
    onTooManyRestarts: () => void,
  ) {
    this.#supervisor = supervisor;
    this.#maxChildren = maxChildren;
    this.#intensity = intensity;
    this.#onTooManyRestarts = onTooManyRestarts;
  }

  /** The running tasks, oldest first. */
  get running(): Pid<never>[] {
    return [...this.#children.owners].filter(({ alive }) => alive);
  }

  /**
   * Starts a task.
   *
   * @throws {ChildError} If the maximum number of tasks is reached.
   * @throws {CallExitError} If the supervisor has ended or is about to end.
   */
  start<T>(child: TaskChild<T>): TaskProcess<T> {
    const { label, alive } = this.#supervisor;
    if (!alive || this.#ending) throw new CallExitError(label, "start task", "noproc");
    // Counted again only where it matters: those that end right now may not have been taken out yet.
    if (this.#children.size >= this.#maxChildren && this.running.length >= this.#maxChildren) {
      throw new ChildError("start", "maxChildren");
    }
    return this.#start(child);
  }

  /**
   * Ends a task and waits until it has.
   *
   * @returns Whether there was such a task.
   */
  async terminate(pid: Pid<never>): Promise<boolean> {
    const process = pid as Process;
    const child = this.#children.get(process);
    if (!child || !process.alive) return false;
    await this.#end(process, child);
    return true;
  }

  /** Ends all tasks at the same time, and waits until they have ended. No task can be started after that. */
  async endAll(): Promise<void> {
    this.#ending = true;
    await Promise.all([...this.#children.owners].map((process) => this.#end(process, this.#children.get(process)!)));
  }

  #start<T>(child: TaskChild<T>): TaskProcess<T> {
    const { run, owner, caller, label } = child;
    const process = new TaskProcess(run, { parent: this.#supervisor, owner, caller, label });
    this.#children.set(process, child);
    return process;
  }

  #ended(child: TaskChild<unknown>, { exitReason }: Process): void {
    if (!this.#supervisor.alive || !restartsAfter(child.restart, exitReason)) return;
    if (this.#intensity.admit(monotonicMs())) this.#start(child);
    else this.#onTooManyRestarts();
  }

  /** Ends a task according to its `shutdown`. It is not restarted after that. */
  async #end(process: Process, child: TaskChild<unknown>): Promise<void> {
    this.#children.set(process, { ...child, restart: "temporary" });
    await endChild(child, process, this.#supervisor);
  }
}
