/**
 * The handle of a task, for the code that waits for its result.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import type { Pid } from "../process/pid.ts";
import { processOf } from "../process/process.ts";
import type { Task, TaskWaitOptions } from "./task.ts";
import { TaskExitError, TaskTimeoutError } from "./errors.ts";
import type { TaskProcess } from "./_task_process.ts";
import { TaskReply } from "./reply.ts";
import type { TaskResult } from "./result.ts";
import { assertTimeout } from "../process/timeout_ms.ts";

const DEFAULT_TIMEOUT_MS = 5000;

/** Returns a checked timeout, in milliseconds. */
export function checkedTimeout(what: string, timeoutMs: number = DEFAULT_TIMEOUT_MS): number {
  assertTimeout(what, timeoutMs);
  return timeoutMs;
}

/** The handle of a task that has a process. */
export class TaskHandle<T> implements Task<T> {
  readonly #process: TaskProcess<T>;
  readonly #onReply: (() => void) | undefined;
  #wanted = true;

  /** Creates the handle; the result is sent to `replyTo`, unless the task is given up before. */
  constructor(process: TaskProcess<T>, replyTo: Pid<TaskReply<T>> | undefined) {
    this.#process = process;
    if (!replyTo) return;
    const to = processOf(replyTo);
    this.#onReply = () => to.mailbox.postSystem(new TaskReply(this, process.result!));
    process.onExit(this.#onReply);
  }

  get pid(): Pid<never> {
    return this.#process;
  }

  get result(): TaskResult<T> | undefined {
    return this.#process.result;
  }

  async await(options: TaskWaitOptions = {}): Promise<T> {
    const timeoutMs = checkedTimeout("await task", options.timeoutMs);
    const result = await this.#settled("await", timeoutMs);
    if (result?.ok) return result.value;
    if (result) throw new TaskExitError(this.#process.label, result.reason);
    this.giveUp();
    throw new TaskTimeoutError(this.#process.label, timeoutMs);
  }

  async yield(options: TaskWaitOptions = {}): Promise<TaskResult<T> | undefined> {
    return await this.#settled("yield", checkedTimeout("yield task", options.timeoutMs));
  }

  async shutdown(options: TaskWaitOptions = {}): Promise<TaskResult<T> | undefined> {
    const timeoutMs = checkedTimeout("shut down task", options.timeoutMs);
    this.#assertWanted("shut down");
    this.giveUp();
    const result = await this.#settled("shut down", timeoutMs);
    if (result) return result.ok || result.reason !== "shutdown" ? result : undefined;
    this.#process.exit("kill");
    return this.result;
  }

  kill(): TaskResult<T> | undefined {
    this.#assertWanted("kill");
    const { result } = this;
    this.#takeBack();
    this.#process.exit("kill");
    return result;
  }

  ignore(): TaskResult<T> | undefined {
    this.#assertWanted("ignore");
    this.#takeBack();
    this.#wanted = false;
    return this.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#wanted) await this.shutdown();
  }

  /** Asks the task to end because its result is no longer needed. Does not wait. A task that is ignored goes on. */
  giveUp(): void {
    if (!this.#wanted) return;
    this.#takeBack();
    this.#process.exit("shutdown");
  }

  /** Calls `listener` when there is a result, at once if there is one. */
  onResult(listener: () => void): void {
    this.#assertWanted("yield");
    this.#process.onExit(listener);
  }

  /** Removes a listener that was added by {@linkcode onResult}. */
  offResult(listener: () => void): void {
    this.#process.offExit(listener);
  }

  /** Waits for the result; returns `undefined` if there is none in time. */
  #settled(what: string, timeoutMs: number): Promise<TaskResult<T> | undefined> {
    this.#assertWanted(what);
    const process = this.#process;
    if (process.result) return Promise.resolve(process.result);
    return new Promise((resolve) => {
      const onExit = () => {
        limit.clear();
        resolve(process.result);
      };
      const limit = new Alarm(() => {
        process.offExit(onExit);
        resolve(undefined);
      }).set(timeoutMs);
      process.onExit(onExit);
    });
  }

  /** Detaches the task: neither its owner nor the receiver of the result is notified of its end. */
  #takeBack(): void {
    this.#process.leaveOwner();
    if (this.#onReply) this.#process.offExit(this.#onReply);
  }

  #assertWanted(what: string): void {
    if (!this.#wanted) throw new TypeError(`Cannot ${what} task "${this.#process.label}": it is ignored`);
  }
}

/** A task that is already completed and has no process. */
export class CompletedTask<T> implements Task<T> {
  readonly pid: undefined;
  readonly result: TaskResult<T>;
  readonly #value: T;

  /** Creates a completed task. */
  constructor(value: T) {
    this.#value = value;
    this.result = { ok: true, value };
  }

  await(): Promise<T> {
    return Promise.resolve(this.#value);
  }

  yield(): Promise<TaskResult<T>> {
    return Promise.resolve(this.result);
  }

  shutdown(): Promise<TaskResult<T>> {
    return this.yield();
  }

  kill(): TaskResult<T> {
    return this.result;
  }

  ignore(): TaskResult<T> {
    return this.result;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
