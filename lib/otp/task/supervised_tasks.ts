/**
 * The tasks of a supervisor: who they are, which are started again, how they are ended.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { type ChildShutdown, type Restart, restartsAfter } from "../supervisor/child_spec.ts";
import { CallExitError } from "../process/errors.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { endChild } from "../supervisor/launch_child.ts";
import type { Pid } from "../process/pid.ts";
import type { Process } from "../process/process.ts";
import type { RestartIntensity } from "../supervisor/restart_intensity.ts";
import { ChildError } from "../supervisor/errors.ts";
import { TaskProcess } from "./task_process.ts";
import type { TaskFunction } from "./result.ts";

/** A task as its supervisor keeps it. */
export interface TaskChild<T> {
  readonly run: TaskFunction<T>;
  readonly restart: Restart;
  readonly shutdown: ChildShutdown;
  readonly owner?: Pid<never> | undefined;
  readonly caller?: Pid<never> | undefined;
  readonly label?: string | undefined;
}

/** The tasks of `supervisor`. */
export class SupervisedTasks {
  readonly #supervisor: Process;
  readonly #maxChildren: number;
  readonly #intensity: RestartIntensity;
  readonly #onTooManyRestarts: () => void;
  readonly #children: Map<Process, TaskChild<unknown>> = new Map();
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

  /** The tasks that run, oldest first. */
  get running(): Pid<never>[] {
    return [...this.#children.keys()].filter(({ alive }) => alive);
  }

  /**
   * Starts a task.
   *
   * @throws {ChildError} If there are as many as there may be.
   * @throws {CallExitError} If the supervisor has ended, or is about to.
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

  /** Ends all tasks, at the same time, and waits until they have. No other is started from now on. */
  async endAll(): Promise<void> {
    this.#ending = true;
    await Promise.all([...this.#children].map(([process, child]) => this.#end(process, child)));
  }

  #start<T>(child: TaskChild<T>): TaskProcess<T> {
    const { run, owner, caller, label } = child;
    const process = new TaskProcess(run, { parent: this.#supervisor, owner, caller, label });
    this.#children.set(process, child);
    process.onExit(() => this.#ended(process, process.exitReason));
    return process;
  }

  #ended(process: Process, reason: ExitReason): void {
    const child = this.#children.get(process);
    this.#children.delete(process);
    if (!child || !this.#supervisor.alive || !restartsAfter(child.restart, reason)) return;
    if (this.#intensity.admit(monotonicMs())) this.#start(child);
    else this.#onTooManyRestarts();
  }

  /** Ends one the way it wants to be ended. This end is none to start it again after. */
  async #end(process: Process, child: TaskChild<unknown>): Promise<void> {
    this.#children.set(process, { ...child, restart: "temporary" });
    await endChild(child, process, this.#supervisor);
  }
}
