/**
 * A supervisor for tasks: they appear in the supervision tree, are counted, and are ended with the program.
 *
 * The guide is at {@linkcode TaskSupervisor}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import { checkAtLeast } from "../../base/check_number.ts";
import type { Behaviour, InfoResult, InitResult } from "../server/behaviour.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { CallOptions } from "../server/call.ts";
import {
  assertShutdown,
  childIdOf,
  type ChildOptions,
  type ChildShutdown,
  type ChildSpec,
  policyOf,
  type Restart,
} from "../process/child_spec.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import type { ProcessOptions } from "../process/process.ts";
import { RestartIntensity, type RestartLimits } from "../supervisor/restart_intensity.ts";
import { noreply, ok } from "../server/result.ts";
import { ServerProcess } from "../server/server_process.ts";
import { processOptionsOf, type StartOptions, startProcess } from "../server/start_server.ts";
import { SupervisedTasks } from "./_supervised_tasks.ts";
import type { Supervising } from "../supervisor/supervising.ts";
import type { ChildInfo } from "../supervisor/supervised_child.ts";
import type { Task } from "./task.ts";
import { TaskHandle } from "./_handle.ts";
import type { TaskReply } from "./reply.ts";
import type { TaskFunction } from "./result.ts";
import {
  TaskStream,
  type TaskStreamFunction,
  type TaskStreamIterator,
  type TaskStreamOptions,
  type TaskStreamSource,
} from "./stream.ts";

/**
 * Options for {@linkcode TaskSupervisorModule.start}.
 *
 * @category Tasks and agents
 */
export interface TaskSupervisorOptions extends Pick<StartOptions, "name" | "label" | "link">, RestartLimits {
  /**
   * Maximum number of tasks at the same time. At least 0.
   *
   * @default {Infinity}
   */
  readonly maxChildren?: number;
}

/**
 * Options for a task under a supervisor.
 *
 * @category Tasks and agents
 */
export interface SupervisedTaskOptions {
  /** The process on whose behalf it runs, for crash reports. By default the process that it is linked to. */
  readonly caller?: Pid<never>;
  /** A label that describes the task. By default the name of the function. */
  readonly label?: string;
  /**
   * How the task is ended. A number: by an exit signal `"shutdown"`, and killed after that many milliseconds;
   * `"infinity"`: by the signal, without a limit; `"brutalKill"`: killed at once. Only a task that traps exits takes
   * time to end.
   *
   * @default {5000}
   */
  readonly shutdown?: ChildShutdown;
}

/**
 * Options for a task that is not linked to the process that waits for it.
 *
 * @category Tasks and agents
 */
export interface NolinkTaskOptions<T> extends SupervisedTaskOptions {
  /** A process that the result is sent to. */
  readonly replyTo?: Pid<TaskReply<T>>;
}

/**
 * Options for a task that is linked to the process that waits for it.
 *
 * @category Tasks and agents
 */
export interface LinkedTaskOptions<T> extends NolinkTaskOptions<T> {
  /** The process that waits for the task; it is linked to the task. */
  readonly link: Pid<never>;
}

/**
 * Options for {@linkcode TaskSupervisor.startChild}.
 *
 * @category Tasks and agents
 */
export interface TaskChildOptions extends SupervisedTaskOptions {
  /**
   * When the task is restarted. `"temporary"`: never; `"transient"`: if it failed; `"permanent"`: whenever it ends.
   * After more than `maxRestarts` restarts within `maxSeconds` the supervisor ends.
   *
   * @default {"temporary"}
   */
  readonly restart?: Restart;
}

/**
 * A running supervisor of tasks. In a test, `await using` stops it at the end of the block.
 *
 * @category Tasks and agents
 */
export interface TaskSupervisor extends Pid<never>, AsyncDisposable {
  /** The running tasks, oldest first. */
  readonly children: Pid<never>[];
  /**
   * Starts a task that is linked to its caller, as `Task.async` does.
   *
   * @param run The function. It starts soon, not within this call.
   * @param options The process that waits for it.
   * @returns The task.
   * @throws {ChildError} If there are `maxChildren` tasks.
   * @throws {CallExitError} If the supervisor has ended.
   */
  async<T>(run: TaskFunction<T>, options: LinkedTaskOptions<T>): Task<T>;
  /**
   * Starts a task that may fail without harm to its caller.
   *
   * @param run The function. It starts soon, not within this call.
   * @param options The process that gets the result.
   * @returns The task.
   * @throws {ChildError} If there are `maxChildren` tasks.
   * @throws {CallExitError} If the supervisor has ended.
   */
  asyncNolink<T>(run: TaskFunction<T>, options?: NolinkTaskOptions<T>): Task<T>;
  /**
   * Runs a function for each item of a source, with tasks that are linked to the process that reads the results. As
   * with `Task.asyncStream` and `link`, that process gets no `Exit` messages.
   *
   * @param source The source of the items.
   * @param run The function, called for each item.
   * @param options The process that reads the results, limits on concurrency and time.
   * @returns The results. Reading them throws a `ChildError` if there are `maxChildren` tasks.
   * @throws {RangeError} If an option is out of range.
   */
  asyncStream<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    options: TaskStreamOptions & SupervisedTaskOptions & Pick<LinkedTaskOptions<T>, "link">,
  ): TaskStreamIterator<I, T>;
  /**
   * Like {@linkcode TaskSupervisor.asyncStream | asyncStream}, with tasks that may fail without harm to the process
   * that reads the results.
   *
   * @param source The source of the items.
   * @param run The function, called for each item.
   * @param options Limits on concurrency and time.
   * @returns The results. Reading them throws a `ChildError` if there are `maxChildren` tasks.
   * @throws {RangeError} If an option is out of range.
   */
  asyncStreamNolink<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    options?: TaskStreamOptions & SupervisedTaskOptions,
  ): TaskStreamIterator<I, T>;
  /**
   * Starts a task whose result is discarded.
   *
   * @param run The function. It starts soon, not within this call.
   * @param options Whether it is restarted, and how it is ended.
   * @returns Its process. After a restart the task has another process.
   * @throws {ChildError} If there are `maxChildren` tasks.
   * @throws {CallExitError} If the supervisor has ended.
   */
  startChild(run: TaskFunction<unknown>, options?: TaskChildOptions): Pid<never>;
  /**
   * Ends a task according to its `shutdown`, without a restart.
   *
   * @param pid The task's process.
   * @returns Whether there was such a task, after it has ended.
   */
  terminateChild(pid: Pid<never>): Promise<boolean>;
  /**
   * Ends all tasks at the same time, then the supervisor. Does nothing if it has ended already.
   *
   * @param reason The exit reason, `"normal"` by default.
   * @param options How long to wait, by default without a limit.
   * @throws {CallExitError} If it ends with another reason, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes too long.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}

/**
 * The type of {@linkcode TaskSupervisor}: starts and finds supervisors of tasks.
 *
 * @category Tasks and agents
 */
export interface TaskSupervisorModule {
  /**
   * Starts a supervisor without tasks.
   *
   * @param options A name, a process to link to, the maximum number of tasks, restart limits.
   * @returns The running supervisor.
   * @throws {RangeError} If an option is out of range.
   * @throws {AlreadyStartedError} If another process has the name.
   */
  start(options?: TaskSupervisorOptions): Promise<TaskSupervisor>;
  /**
   * Returns the child specification of a supervisor of tasks, for another supervisor.
   *
   * @param options A name and other options of {@linkcode TaskSupervisorModule.start | start}, and how its parent
   * supervises it.
   * @returns The specification, for `Supervisor.start`, `startChild` and the like.
   */
  child(options?: ChildOptions & Omit<TaskSupervisorOptions, "link">): ChildSpec<TaskSupervisor>;
  /**
   * Finds a supervisor of tasks by its name.
   *
   * @param name Its name.
   * @returns The supervisor, or `undefined` if no live one has this name.
   */
  whereis(name: Name): TaskSupervisor | undefined;
}

const DEFAULT_SHUTDOWN_MS = 5000;

class TaskSupervisorProcess extends ServerProcess<null> implements TaskSupervisor, Supervising {
  readonly #tasks: SupervisedTasks;

  constructor(
    behaviour: TaskSupervisorBehaviour,
    options: ProcessOptions,
    maxChildren: number,
    intensity: RestartIntensity,
  ) {
    super(behaviour, options);
    this.trapExit = true;
    this.#tasks = new SupervisedTasks(this, maxChildren, intensity, () => this.requestStop("shutdown"));
    behaviour.attach(this.#tasks);
  }

  get children(): Pid<never>[] {
    return this.#tasks.running;
  }

  /** A snapshot of its tasks, for supervision trees. */
  get supervised(): readonly ChildInfo[] {
    return this.children.map((pid) => ({ id: pid.label, type: "worker", status: "running", pid }));
  }

  async<T>(run: TaskFunction<T>, options: LinkedTaskOptions<T>): Task<T> {
    return this.#async(run, options, options.link);
  }

  asyncNolink<T>(run: TaskFunction<T>, options: NolinkTaskOptions<T> = {}): Task<T> {
    return this.#async(run, options);
  }

  asyncStream<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    options: TaskStreamOptions & SupervisedTaskOptions & Pick<LinkedTaskOptions<T>, "link">,
  ): TaskStreamIterator<I, T> {
    return this.#stream(source, run, options, options.link);
  }

  asyncStreamNolink<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    options: TaskStreamOptions & SupervisedTaskOptions = {},
  ): TaskStreamIterator<I, T> {
    return this.#stream(source, run, options);
  }

  startChild(run: TaskFunction<unknown>, options: TaskChildOptions = {}): Pid<never> {
    const { restart = "temporary", shutdown, caller, label } = options;
    return this.#tasks.start({ run, restart, shutdown: checkedShutdown(shutdown), caller, label });
  }

  terminateChild(pid: Pid<never>): Promise<boolean> {
    return this.#tasks.terminate(pid);
  }

  #async<T>(run: TaskFunction<T>, options: NolinkTaskOptions<T>, owner?: Pid<never>): Task<T> {
    const { caller, label, shutdown, replyTo } = options;
    const child = { run, restart: "temporary", shutdown: checkedShutdown(shutdown), owner, caller, label } as const;
    return new TaskHandle(this.#tasks.start(child), replyTo);
  }

  #stream<I, T>(
    source: TaskStreamSource<I>,
    run: TaskStreamFunction<I, T>,
    options: TaskStreamOptions & SupervisedTaskOptions,
    owner?: Pid<never>,
  ): TaskStreamIterator<I, T> {
    const { caller, label: given } = options;
    const shutdown = checkedShutdown(options.shutdown);
    const start = <R>(run: TaskFunction<R>, label: string) =>
      this.#tasks.start({ run, restart: "temporary", shutdown, caller: caller ?? owner, label: given ?? label });
    return new TaskStream(source, run, { start, owner }, options);
  }
}

class TaskSupervisorBehaviour implements Behaviour<null> {
  #tasks: SupervisedTasks | undefined;

  attach(tasks: SupervisedTasks): void {
    this.#tasks = tasks;
  }

  init(): InitResult<null> {
    return ok(null);
  }

  /** Ignores messages: the `Exit` of a linked task was already handled when the task ended. */
  handleInfo(): InfoResult<null> {
    return noreply(null);
  }

  async terminate(): Promise<void> {
    await this.#tasks?.endAll();
  }

  formatStatus(status: ServerStatus): ServerStatus {
    return { ...status, state: { children: this.#tasks?.running ?? [] } };
  }
}

function checkedShutdown(shutdown: ChildShutdown = DEFAULT_SHUTDOWN_MS): ChildShutdown {
  assertShutdown("start task", shutdown);
  return shutdown;
}

/**
 * A supervisor for tasks: they appear in the supervision tree, are counted, and are ended with the program.
 *
 * ```ts
 * import { TaskSupervisor } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const tasks = await TaskSupervisor.start({ maxChildren: 100 });
 *
 * // Fire and forget, but supervised: ended with the supervisor, restarted if it fails.
 * tasks.startChild(() => {}, { restart: "transient" });
 *
 * // A task that may fail without harm to the code that waits for it.
 * const task = tasks.asyncNolink(() => 6 * 7);
 * assertEquals(await task.yield(), { ok: true, value: 42 });
 * ```
 *
 * - `async(run, { link: self })` links the task to its caller as well: they end together, as with `Task.async`.
 * - `asyncNolink(run)` does not: the caller only gets a result that is not ok. **Use it for work that may fail on its
 *   own**, such as requests to other services.
 * - `asyncStream` and `asyncStreamNolink` are `Task.asyncStream` with the tasks under the supervisor.
 * - `startChild(run)` is for work whose result is not needed. Only such tasks can be restarted: a caller that waits for
 *   a task would otherwise wait for a different one.
 *
 * When the supervisor is stopped, or its parent asks it to end, all tasks are ended at the same time: each gets its
 * exit signal, and is killed if it traps the signal and takes longer than its `shutdown`. As the child of a supervisor:
 *
 * ```ts
 * import { Supervisor, TaskSupervisor } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * await Supervisor.start([TaskSupervisor.child({ name: "tasks" })]);
 * assertEquals(TaskSupervisor.whereis("tasks")?.children, []);
 * ```
 *
 * **Not for** long-lived servers or children of several kinds: use a `Supervisor` or a `DynamicSupervisor`.
 *
 * @category Tasks and agents
 */
export const TaskSupervisor: TaskSupervisorModule = {
  async start(options: TaskSupervisorOptions = {}): Promise<TaskSupervisor> {
    const { maxChildren = Infinity } = options;
    checkAtLeast("start supervisor", "maxChildren", maxChildren, 0);
    const intensity = new RestartIntensity(options);
    const behaviour = new TaskSupervisorBehaviour();
    const made = processOptionsOf("TaskSupervisor", options);
    const process = new TaskSupervisorProcess(behaviour, made, maxChildren, intensity);
    return await startProcess(process, options);
  },
  child(options: ChildOptions & Omit<TaskSupervisorOptions, "link"> = {}): ChildSpec<TaskSupervisor> {
    return {
      ...policyOf(options),
      id: childIdOf(options, "TaskSupervisor"),
      shutdown: options.shutdown,
      type: "supervisor",
      start: (link) => TaskSupervisor.start({ ...options, link }),
    };
  },
  whereis(name: Name): TaskSupervisor | undefined {
    const pid = whereis(name);
    return pid instanceof TaskSupervisorProcess ? pid : undefined;
  },
};
