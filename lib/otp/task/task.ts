/**
 * Task: a function that runs in a process of its own, and whose result somebody waits for.
 *
 * The guide is at {@linkcode Task}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { type ChildOptions, type ChildSpec, policyOf, type RestartPolicy } from "../process/child_spec.ts";
import type { Pid } from "../process/pid.ts";
import { awaitMany, type Tasks, yieldMany } from "./many_tasks.ts";
import { CompletedTask, TaskHandle } from "./_handle.ts";
import { type TaskOrigin, TaskProcess } from "./_task_process.ts";
import type { TaskReply } from "./reply.ts";
import type { TaskFunction, TaskResult } from "./result.ts";
import {
  TaskStream,
  type TaskStreamFunction,
  type TaskStreamIterator,
  type TaskStreamOptions,
  type TaskStreamSource,
} from "./stream.ts";

/** Options for waiting. */
export interface TaskWaitOptions {
  /**
   * How long to wait, in milliseconds; `Infinity` for as long as it takes.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
}

/** Options for {@linkcode TaskModule.yieldMany}. */
export interface YieldManyOptions extends TaskWaitOptions {
  /**
   * How many results are enough. At least 0.
   *
   * @default {tasks.length}
   */
  readonly limit?: number;
  /**
   * What happens to tasks that are late: they go on, go on and are ignored, or are killed. They just go on where there
   * were enough results in time.
   *
   * @default {"nothing"}
   */
  readonly onTimeout?: "nothing" | "ignore" | "killTask";
}

/** Options for {@linkcode TaskModule.start}. */
export interface TaskStartOptions {
  /** The process that it is linked to: who asks for it, or a supervisor. */
  readonly link?: Pid<never> | undefined;
  /** On whose behalf it runs, for crash reports. By default the process that it is linked to. */
  readonly caller?: Pid<never> | undefined;
  /** What it is, for people. By default the name of the function. */
  readonly label?: string;
}

/** Options for {@linkcode TaskModule.async}. */
export interface TaskOptions<T> extends TaskStartOptions {
  /** A process that is sent the result. */
  readonly replyTo?: Pid<TaskReply<T>>;
}

/** A function that runs as a process of its own. `await using` shuts it down. */
export interface Task<T> extends AsyncDisposable {
  /** Its process; `undefined` for one that was done before it began. */
  readonly pid: Pid<never> | undefined;
  /** What came of it; `undefined` while it runs. */
  readonly result: TaskResult<T> | undefined;
  /**
   * Waits for the value. May be called again.
   *
   * @param options How long to wait.
   * @returns What the function returned.
   * @throws {TaskTimeoutError} If it takes too long; the task is then ended, and its owner told nothing of that.
   * @throws {TaskExitError} If the task ended before it was done: it threw, or somebody ended it.
   * @throws {TypeError} If the task is ignored.
   */
  await(options?: TaskWaitOptions): Promise<T>;
  /**
   * Waits for the result, for a while. May be called again, and again.
   *
   * @param options How long to wait.
   * @returns The result, or `undefined` if there is none yet.
   * @throws {TypeError} If the task is ignored.
   */
  yield(options?: TaskWaitOptions): Promise<TaskResult<T> | undefined>;
  /**
   * Asks the task to end, and kills it if it has not by then; only one that traps exits takes its time. Its owner is
   * told nothing of that.
   *
   * @param options How long to wait.
   * @returns The result if there was one, or is one after all; `undefined` if the task ended as it was asked to.
   * @throws {TypeError} If the task is ignored.
   */
  shutdown(options?: TaskWaitOptions): Promise<TaskResult<T> | undefined>;
  /**
   * Ends the task now. OTP's `Task.shutdown(task, :brutal_kill)`.
   *
   * @returns The result if there was one.
   * @throws {TypeError} If the task is ignored.
   */
  kill(): TaskResult<T> | undefined;
  /**
   * Lets the task go on by itself: it is no longer linked to its owner, and its result goes nowhere.
   *
   * @returns The result if there was one.
   * @throws {TypeError} If the task is ignored already.
   */
  ignore(): TaskResult<T> | undefined;
}

/** A task beside its result, if it has one. */
export interface YieldedTask<T> {
  /** The task. */
  readonly task: Task<T>;
  /** What came of it; `undefined` if nothing has yet. */
  readonly result: TaskResult<T> | undefined;
}

/** How tasks are made, and waited for together. */
export interface TaskModule {
  /**
   * Runs a function in a process of its own.
   *
   * @param run What to do. Begins soon, not within this call.
   * @param options Who it is linked to, and who is sent the result.
   * @returns The task.
   */
  async<T>(run: TaskFunction<T>, options?: TaskOptions<T>): Task<T>;
  /**
   * Runs a function whose result nobody wants.
   *
   * @param run What to do. Begins soon, not within this call.
   * @param options Who it is linked to.
   * @returns Its process.
   */
  start(run: TaskFunction<unknown>, options?: TaskStartOptions): Pid<never>;
  /**
   * A task as a child of a supervisor: done once, unless `restart` says otherwise.
   *
   * @example Usage
   * ```ts
   * import { Supervisor, Task } from "@urvogel/realtime";
   * import { assertEquals } from "@std/assert";
   *
   * const { promise, resolve } = Promise.withResolvers<string>();
   * await Supervisor.start([Task.child(() => resolve("warm"), { id: "warm up the cache" })]);
   * assertEquals(await promise, "warm");
   * ```
   *
   * @param run What to do, each time that it is started.
   * @param options What it is called, and how the supervisor deals with it; it is `"temporary"` by default.
   * @returns What `Supervisor.start`, `startChild` and the like take.
   */
  child(run: TaskFunction<unknown>, options?: ChildOptions & Omit<TaskStartOptions, "link">): ChildSpec;
  /**
   * A task that is done already, for where one is asked for and the value is known.
   *
   * @param value The value.
   * @returns The task. It has no process.
   */
  completed<T>(value: T): Task<T>;
  /**
   * Waits for the values of all tasks. When one of them fails or is late, all others are ended too.
   *
   * @param tasks The tasks.
   * @param options How long to wait, for all together.
   * @returns The values, in the order of the tasks.
   * @throws {TaskTimeoutError} If it takes too long.
   * @throws {TaskExitError} If one of them ended before it was done.
   */
  awaitMany<const T extends readonly unknown[]>(tasks: Tasks<T>, options?: TaskWaitOptions): Promise<[...T]>;
  /**
   * Waits for results, for a while, or until there are `limit` of them.
   *
   * @param tasks The tasks.
   * @param options How long to wait, for how many, and what becomes of the others.
   * @returns All tasks in their order, each with its result if it has one.
   * @throws {RangeError} If an option is out of range.
   */
  yieldMany<T>(tasks: readonly Task<T>[], options?: YieldManyOptions): Promise<YieldedTask<T>[]>;
  /**
   * Runs a function for each item of a source, so many at a time; see {@linkcode TaskStreamOptions}. Nothing is read
   * and nothing runs before the first result is asked for.
   *
   * With `link`, the tasks end with their owner, and a function that throws ends the owner, unless that traps exits. An
   * owner that traps exits gets no `Exit` messages: the results say everything. Without `link`, a function that throws
   * is only a result that is not `ok`.
   *
   * @param source Where the items come from.
   * @param run What to do with each.
   * @param options How many at a time, for how long, and who is linked to the tasks.
   * @returns The results, to be read once: `{ ok: true, value }` or `{ ok: false, reason, input }`.
   * @throws {RangeError} If an option is out of range.
   */
  asyncStream<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    options?: TaskStreamOptions & Pick<TaskStartOptions, "link" | "caller">,
  ): TaskStreamIterator<I, T>;
}

/**
 * Task: a function that runs in a process of its own, and whose result somebody waits for.
 *
 * ```ts
 * import { Task } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const task = Task.async(async (signal) => {
 *   signal.throwIfAborted(); // hand it to `fetch` and the like
 *   return await Promise.resolve(6 * 7);
 * });
 * assertEquals(await task.await(), 42);
 * ```
 *
 * A promise cannot be ended, times out by nobody, and fails without anyone being told who did not listen. A task is a
 * process: it can be ended, then its `AbortSignal` fires; it ends with who it is linked to; when it fails, there is a
 * crash report; and waiting for it has a limit.
 *
 * ## Who it belongs to
 *
 * With `{ link: self }` a task and the process that asked for it end together: a task that fails takes its owner along,
 * unless that traps exits, and an owner that ends leaves no work for nobody. Without `link` nobody goes down with it.
 *
 * ## Waiting
 *
 * | | in time | failed | too late (5,000 ms by default) |
 * | --- | --- | --- | --- |
 * | `await()` | the value | throws {@linkcode TaskExitError} | throws {@linkcode TaskTimeoutError}, and ends the task |
 * | `yield()` | `{ ok: true, value }` | `{ ok: false, reason }` | `undefined`; the task goes on, ask again |
 * | `shutdown()` | `{ ok: true, value }` | `{ ok: false, reason }` | ends the task: `undefined` |
 * | `replyTo` | a {@linkcode TaskReply} message | a {@linkcode TaskReply} message | there is no limit |
 *
 * In Elixir, `Task.await` that is late exits the caller, and with it the task. Here it throws, to be caught or not, and
 * **the task ends in any case**: whoever stopped waiting with `await` does not want it any more.
 *
 * A GenServer had better not wait in a handler, since nobody else is served meanwhile: give `replyTo: this.self`, and
 * the result comes to `handleInfo`.
 *
 * ## Many
 *
 * `Task.asyncStream` runs a function for each item of a source, a few at a time. It takes and starts the next item only
 * when the reader asks for another result, and ends what runs when the loop is left:
 *
 * ```ts
 * import { Task } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * function* naturals() {
 *   for (let n = 1;; n++) yield n;
 * }
 * const squares: number[] = [];
 * for await (const result of Task.asyncStream(naturals(), (n) => n * n, { maxConcurrency: 2 })) {
 *   if (result.ok) squares.push(result.value);
 *   if (squares.length === 3) break;
 * }
 * assertEquals(squares, [1, 4, 9]);
 * ```
 *
 * ## Supervised
 *
 * Tasks of a `TaskSupervisor` are seen, counted and ended when the program shuts down: use one for all that should
 * outlive whoever asked, and for work that may fail without harm (`asyncNolink`). `Task.child(...)` makes a task
 * itself the child of a supervisor.
 *
 * **Not for** what plain promises do well. `await Promise.all([a(), b()])` needs no processes; nor does a task make
 * anything parallel: JavaScript of one thread runs one thing at a time, and a loop that never waits cannot be ended,
 * neither by a timeout nor by an exit signal.
 */
export const Task: TaskModule = {
  async<T>(run: TaskFunction<T>, { replyTo, ...options }: TaskOptions<T> = {}): Task<T> {
    return new TaskHandle(new TaskProcess(run, originOf(options)), replyTo);
  },
  child(run: TaskFunction<unknown>, options: ChildOptions & Omit<TaskStartOptions, "link"> = {}): ChildSpec {
    const { restart = "temporary", significant, shutdown, id = options.label ?? (run.name || "Task") } = options;
    const start = (link: Pid<never>) =>
      Task.start(run, { caller: options.caller, label: options.label ?? String(id), link });
    return { ...policyOf({ restart, significant } as RestartPolicy), id, shutdown, start };
  },
  start(run: TaskFunction<unknown>, options: TaskStartOptions = {}): Pid<never> {
    return new TaskProcess(run, originOf(options));
  },
  completed<T>(value: T): Task<T> {
    return new CompletedTask(value);
  },
  async awaitMany<const T extends readonly unknown[]>(tasks: Tasks<T>, options?: TaskWaitOptions): Promise<[...T]> {
    return await awaitMany(tasks, options) as [...T];
  },
  async yieldMany<T>(tasks: readonly Task<T>[], options: YieldManyOptions = {}): Promise<YieldedTask<T>[]> {
    await yieldMany(tasks, options);
    return tasks.map((task) => ({ task, result: task.result }));
  },
  asyncStream<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    { link, caller, ...options }: TaskStreamOptions & Pick<TaskStartOptions, "link" | "caller"> = {},
  ): TaskStreamIterator<I, T> {
    const starter = {
      start: <R>(run: TaskFunction<R>, label: string) =>
        new TaskProcess(run, { parent: link, linked: false, caller: caller ?? link, label }),
      owner: link,
    };
    return new TaskStream(source, run, starter, options);
  },
};

/** Who a task belongs to that has no supervisor. */
function originOf({ link, caller, label }: TaskStartOptions): TaskOrigin {
  return { parent: link, owner: link, caller, label };
}
