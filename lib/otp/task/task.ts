/**
 * A task: a function that runs in a process of its own and whose result can be awaited.
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

/**
 * Options for waiting for a task.
 *
 * @category Tasks and agents
 */
export interface TaskWaitOptions {
  /**
   * How long to wait, in milliseconds; `Infinity` for no limit.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
}

/**
 * Options for {@linkcode TaskModule.yieldMany}.
 *
 * @category Tasks and agents
 */
export interface YieldManyOptions extends TaskWaitOptions {
  /**
   * Number of results after which waiting stops. At least 0.
   *
   * @default {tasks.length}
   */
  readonly limit?: number;
  /**
   * What happens to tasks that are late: `"nothing"`: they continue; `"ignore"`: they continue and their results are
   * discarded; `"killTask"`: they are killed. If there were enough results in time, the remaining tasks continue.
   *
   * @default {"nothing"}
   */
  readonly onTimeout?: "nothing" | "ignore" | "killTask";
}

/**
 * Options for {@linkcode TaskModule.start}.
 *
 * @category Tasks and agents
 */
export interface TaskStartOptions {
  /** The process that the task is linked to: the process that starts it, or a supervisor. */
  readonly link?: Pid<never> | undefined;
  /** The process on whose behalf it runs, for crash reports. By default the process that it is linked to. */
  readonly caller?: Pid<never> | undefined;
  /** A label that describes the task. By default the name of the function. */
  readonly label?: string;
}

/**
 * Options for {@linkcode TaskModule.async}.
 *
 * @category Tasks and agents
 */
export interface TaskOptions<T> extends TaskStartOptions {
  /** A process that the result is sent to. */
  readonly replyTo?: Pid<TaskReply<T>>;
}

/**
 * A function that runs as a process of its own. `await using` shuts it down.
 *
 * @category Tasks and agents
 */
export interface Task<T> extends AsyncDisposable {
  /** Its process; `undefined` for a task created by `Task.completed`. */
  readonly pid: Pid<never> | undefined;
  /** The result; `undefined` while the task runs. */
  readonly result: TaskResult<T> | undefined;
  /**
   * Waits for the value. May be called again.
   *
   * @param options How long to wait.
   * @returns What the function returned.
   * @throws {TaskTimeoutError} If it takes too long; the task is then ended, and its owner is not notified.
   * @throws {TaskExitError} If the task ended before it completed: its function threw, or the task was ended.
   * @throws {TypeError} If the task is ignored.
   */
  await(options?: TaskWaitOptions): Promise<T>;
  /**
   * Waits for the result for a limited time. May be called repeatedly.
   *
   * @param options How long to wait.
   * @returns The result, or `undefined` if there is none yet.
   * @throws {TypeError} If the task is ignored.
   */
  yield(options?: TaskWaitOptions): Promise<TaskResult<T> | undefined>;
  /**
   * Asks the task to end, and kills it if it has not ended in time. Only a task that traps exits takes time to end. Its
   * owner is not notified.
   *
   * @param options How long to wait.
   * @returns The result, if the task has one or gets one before it ends; `undefined` if it ended as requested.
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
   * Lets the task continue on its own: it is no longer linked to its owner, and its result is discarded.
   *
   * @returns The result if there was one.
   * @throws {TypeError} If the task is ignored already.
   */
  ignore(): TaskResult<T> | undefined;
}

/**
 * A task together with its result, if it has one.
 *
 * @category Tasks and agents
 */
export interface YieldedTask<T> {
  /** The task. */
  readonly task: Task<T>;
  /** The result; `undefined` if there is none yet. */
  readonly result: TaskResult<T> | undefined;
}

/**
 * The type of {@linkcode Task}: starts tasks, and waits for several of them.
 *
 * @category Tasks and agents
 */
export interface TaskModule {
  /**
   * Runs a function in a process of its own.
   *
   * @param run The function. It starts soon, not within this call.
   * @param options The process it is linked to, and the process that gets the result.
   * @returns The task.
   */
  async<T>(run: TaskFunction<T>, options?: TaskOptions<T>): Task<T>;
  /**
   * Runs a function in a process of its own; its result is discarded.
   *
   * @param run The function. It starts soon, not within this call.
   * @param options The process it is linked to.
   * @returns Its process.
   */
  start(run: TaskFunction<unknown>, options?: TaskStartOptions): Pid<never>;
  /**
   * Returns the child specification of a task, for a supervisor. It runs once, unless `restart` says otherwise.
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
   * @param run The function, called at each start.
   * @param options Its id and label, and how it is supervised; it is `"temporary"` by default.
   * @returns The specification, for `Supervisor.start`, `startChild` and the like.
   */
  child(run: TaskFunction<unknown>, options?: ChildOptions & Omit<TaskStartOptions, "link">): ChildSpec;
  /**
   * Returns a task that is already completed, for code that expects a task when the value is known.
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
   * @throws {TaskExitError} If one of them ended before it completed.
   */
  awaitMany<const T extends readonly unknown[]>(tasks: Tasks<T>, options?: TaskWaitOptions): Promise<[...T]>;
  /**
   * Waits for results for a limited time, or until there are `limit` of them.
   *
   * @param tasks The tasks.
   * @param options How long to wait, for how many results, and what happens to late tasks.
   * @returns All tasks in their order, each with its result if it has one.
   * @throws {RangeError} If an option is out of range.
   */
  yieldMany<T>(tasks: readonly Task<T>[], options?: YieldManyOptions): Promise<YieldedTask<T>[]>;
  /**
   * Runs a function for each item of a source, with limited concurrency; see {@linkcode TaskStreamOptions}. Nothing is
   * read and nothing runs before the first result is requested.
   *
   * With `link`, the tasks end with their owner, and a function that throws ends the owner, unless that traps exits. An
   * owner that traps exits gets no `Exit` messages: the results report failures. Without `link`, a function that throws
   * is only a result that is not `ok`.
   *
   * @param source The source of the items.
   * @param run The function, called for each item.
   * @param options Limits on concurrency and time, and the process that the tasks are linked to.
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
 * A task: a function that runs in a process of its own and whose result can be awaited.
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
 * A promise cannot be cancelled, has no timeout, and may fail unnoticed. A task is a process: it can be ended, which
 * aborts its `AbortSignal`; it ends together with the process it is linked to; when it fails, there is a crash report;
 * and waiting for it has a time limit.
 *
 * ## The owner of a task
 *
 * With `{ link: self }` a task and the process that asked for it end together: a task that fails ends its owner, unless
 * the owner traps exits, and an owner that ends also ends its tasks. Without `link`, the failure of a task affects no
 * other process.
 *
 * ## Waiting
 *
 * | | in time | failed | too late (5,000 ms by default) |
 * | --- | --- | --- | --- |
 * | `await()` | the value | throws {@linkcode TaskExitError} | throws {@linkcode TaskTimeoutError}, and ends the task |
 * | `yield()` | `{ ok: true, value }` | `{ ok: false, reason }` | `undefined`; the task continues; call it again |
 * | `shutdown()` | `{ ok: true, value }` | `{ ok: false, reason }` | ends the task: `undefined` |
 * | `replyTo` | a {@linkcode TaskReply} message | a {@linkcode TaskReply} message | no limit |
 *
 * In Elixir, a `Task.await` that times out exits the caller, and with it the task. Here it throws an error that can be
 * caught, and **the task ends in any case**, because its result is no longer needed.
 *
 * A GenServer should not wait for a task in a handler, because it handles no other message in the meantime: pass
 * `replyTo: this.self`, and the result comes to `handleInfo`.
 *
 * ## Many
 *
 * `Task.asyncStream` runs a function for each item of a source, a few at a time. It takes and starts the next item only
 * when the reader asks for another result, and ends running tasks when the loop is left:
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
 * Tasks of a `TaskSupervisor` appear in the supervision tree, are counted, and are ended when the program shuts down.
 * Use one for tasks that should outlive the process that started them, and for work that may fail without harm
 * (`asyncNolink`). `Task.child(...)` makes a single task the child of a supervisor.
 *
 * **Not for** what plain promises do well: `await Promise.all([a(), b()])` needs no processes. A task does not make
 * code parallel either: one JavaScript thread runs one thing at a time, and a loop that never awaits cannot be ended,
 * neither by a timeout nor by an exit signal.
 *
 * @category Tasks and agents
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

/** Returns the origin of a task without a supervisor. */
function originOf({ link, caller, label }: TaskStartOptions): TaskOrigin {
  return { parent: link, owner: link, caller, label };
}
