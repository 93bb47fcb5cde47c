/**
 * A supervisor: a process that starts other processes, and restarts them when they fail.
 *
 * The guide is at {@linkcode Supervisor}, where `deno doc mod.ts` and JSR show it.
 *
 * @module
 */

import type { CallOptions } from "../server/call.ts";
import { checkSpec, checkSpecs } from "./_check_specs.ts";
import { type ChildId, childIdOf, type ChildOptions, type ChildSpec, policyOf } from "../process/child_spec.ts";
import type { ChildTable, Strategy } from "./child_table.ts";
import { StartError } from "../process/errors.ts";
import type { ExitReason } from "../process/exit_reason.ts";
import { type Name, whereis } from "../process/names.ts";
import type { Pid } from "../process/pid.ts";
import type { ProcessOptions } from "../process/process.ts";
import { RestartIntensity, type RestartLimits } from "./restart_intensity.ts";
import { processOptionsOf, type StartOptions, startProcess } from "../server/start_server.ts";
import type { ChildCounts, ChildInfo } from "./supervised_child.ts";
import { SupervisorProcess } from "./supervising.ts";
import { type AutoShutdown, type ChildSpecs, SupervisorServer } from "./supervisor_server.ts";
import { ChildStartError } from "./errors.ts";

/**
 * Options for {@linkcode Supervisor.start}.
 *
 * @category Supervision
 */
export interface SupervisorOptions extends StartOptions, RestartLimits {
  /**
   * Which children are restarted together with a child that failed.
   *
   * @default {"oneForOne"}
   */
  readonly strategy?: Strategy;
  /**
   * When the supervisor ends, with reason `"shutdown"`, because children marked `significant` ended by themselves and
   * are not restarted: never, after the first of them, or after the last.
   *
   * @default {"never"}
   */
  readonly autoShutdown?: AutoShutdown;
}

/**
 * Methods of all supervisors. Each throws a `CallExitError` if the supervisor has ended or ends in the meantime.
 *
 * @category Supervision
 */
export interface AnySupervisorRef extends Pid, AsyncDisposable {
  /** Returns the children, in the order in which they were started. */
  whichChildren(): Promise<readonly ChildInfo[]>;
  /** Returns the numbers of children. */
  countChildren(): Promise<ChildCounts>;
  /**
   * Ends the supervisor and its children, and waits until all are gone. Does nothing if it has ended already.
   *
   * @param reason The exit reason, `"normal"` by default.
   * @throws {CallExitError} If it ends with another reason, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes longer than `timeoutMs`. By default there is no limit.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}

/**
 * A running supervisor. It handles one request at a time, and requests have no timeout: they wait while children start
 * or end.
 *
 * @category Supervision
 */
export interface SupervisorRef extends AnySupervisorRef {
  /**
   * Adds a child behind the others and starts it.
   *
   * @param spec The child.
   * @returns Its process.
   * @throws {ChildError} If there is already a child with this id: `"alreadyStarted"`, or
   * `"alreadyPresent"` if it does not run.
   * @throws {ChildStartError} If it fails to start; it is then not kept. With reason `"ignore"` if its start returns
   * `ignore()`; it is then kept unless it is temporary, so that `restartChild` can try again.
   * @throws {TypeError} If the spec is invalid.
   */
  startChild<P extends Pid<never>>(spec: ChildSpec<P>): Promise<P>;
  /**
   * Ends a child. Its spec is kept, unless it is temporary, so it can be started again: by `restartChild`, or together
   * with others by the strategy.
   *
   * @throws {ChildError} If there is no such child: `"notFound"`.
   */
  terminateChild(id: ChildId): Promise<void>;
  /**
   * Starts a child that does not run.
   *
   * @returns Its process.
   * @throws {ChildError} If there is no such child, or it runs or is about to be restarted: `"notFound"`, `"running"`,
   * `"restarting"`.
   * @throws {ChildStartError} If its start fails or returns `ignore()`.
   */
  restartChild(id: ChildId): Promise<Pid>;
  /**
   * Removes a child that does not run.
   *
   * @throws {ChildError} If there is no such child, or it runs or is about to be restarted: `"notFound"`, `"running"`,
   * `"restarting"`.
   */
  deleteChild(id: ChildId): Promise<void>;
}

/**
 * A supervisor: a process that starts other processes, and restarts them when they fail.
 *
 * Every program has errors that nobody expected. A server that continues with a broken state is worse than one that
 * restarts from a known good state. So let it crash, and let a supervisor restart it.
 *
 * ```ts
 * import { child, GenServer, noreply, reply, Supervisor } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * class CounterServer extends GenServer<number, { calls: { get(): number }; casts: { add(by: number): void } }> {
 *   override init(start: number) {
 *     return start;
 *   }
 *   override handleCall = this.calls({ get: (state) => reply(state, state) });
 *   override handleCast = this.casts({ add: (state, by) => noreply(state + by) });
 * }
 *
 * const supervisor = await Supervisor.start([
 *   child(CounterServer, 0, { name: "visitors" }),
 *   child(CounterServer, 100, { name: "tickets", restart: "transient" }),
 * ]);
 * const tickets = GenServer.whereis(CounterServer, "tickets")!;
 * tickets.cast("add", -1);
 * assertEquals(await tickets.call("get"), 99);
 *
 * tickets.exit("kill"); // or a callback throws
 * await supervisor.whichChildren(); // asked after the exit, answered after the restart
 * assertEquals(await GenServer.whereis(CounterServer, "tickets")!.call("get"), 100);
 * ```
 *
 * A supervisor runs until it is stopped: `await supervisor.stop()`, or `await using supervisor` in a test, which stops
 * it at the end of its block. **Not at the top level of a program:** that block ends when the module has run, while its
 * server should keep running.
 *
 * ## Children
 *
 * A child is an object with an `id` and a function `start`, which starts a process linked to the supervisor:
 *
 * ```ts
 * import { type ChildSpec, spawn } from "@urvogel/realtime";
 *
 * const logger: ChildSpec = {
 *   id: "logger",
 *   start: (parent) =>
 *     spawn<string>(async (mailbox) => {
 *       for await (const line of mailbox) console.log(line);
 *     }, { link: parent, name: "logger" }),
 *   restart: "permanent", // always started again; "transient": if it failed; "temporary": never
 *   shutdown: 5000, // milliseconds to end in, or "infinity", or "brutalKill"
 *   type: "worker", // or "supervisor"
 * };
 * ```
 *
 * `child(Server, argument, options)` creates such an object for a GenServer, `Supervisor.child(children, options)` for
 * a supervisor. So a whole tree can be written as one expression:
 *
 * ```ts
 * import { child, DynamicSupervisor, GenServer, Supervisor, supervisionTree } from "@urvogel/realtime";
 *
 * class Part extends GenServer<string> {
 *   override init(what: string) {
 *     return what;
 *   }
 * }
 *
 * const app = await Supervisor.start([
 *   child(Part, "a pool of connections", { id: "database" }),
 *   Supervisor.child([
 *     child(Part, "what was found before", { id: "cache" }),
 *     child(Part, "what is where", { id: "index" }),
 *   ], { id: "search", strategy: "oneForAll" }),
 *   DynamicSupervisor.child({ name: "sessions" }),
 * ], { label: "app", strategy: "restForOne" });
 * console.log(`${supervisionTree(app)}`);
 * // app #1
 * // ├─ database: Part #2
 * // ├─ search: Supervisor #3
 * // │  ├─ cache: Part #4
 * // │  └─ index: Part #5
 * // └─ sessions #6
 * ```
 *
 * Children start one after the other, each after `init` of the previous one has returned, and end in reverse order. If
 * one fails to start, those before it are ended and `start` throws a `ChildStartError` with its id and the reason.
 *
 * An exit signal `"shutdown"` asks a child to end. One that does not trap exits ends at once; a GenServer that does
 * (`this.self.trapExit = true`) runs its `terminate` first, within the time that `shutdown` gives it.
 *
 * ## Strategies
 *
 * | strategy | when a child is restarted |
 * | --- | --- |
 * | `"oneForOne"` | the others are left alone |
 * | `"oneForAll"` | all others are ended, and all are restarted: they depend on each other |
 * | `"restForOne"` | those that were started after it are restarted, too: they depend on it |
 *
 * After more than `maxRestarts` (3) restarts within `maxSeconds` (5) the supervisor gives up: it ends its children and
 * itself, with reason `"shutdown"`. Its own supervisor restarts it with everything below it; if that does not help
 * either, the next supervisor up gives up, too. A restart that fails counts as one and is retried **at once, without a
 * pause**: a child that needs an external service (a database) should start without it and retry the connection by
 * itself.
 *
 * The root supervisor has no parent: when it gives up, its children are gone and the program continues without them.
 * {@linkcode exitWhenEnded} exits the program instead, so that the service manager restarts it.
 *
 * A supervisor can also end when its `significant` children end: see `autoShutdown`.
 *
 * ## No supervisor classes
 *
 * In Elixir a supervisor is often a module with an `init`, for two reasons: it can be put into a list of children, and
 * its children are computed again at each restart. Here a function that returns `Supervisor.child(...)` does the first;
 * passing a function instead of a list of children does the second. A class would only add a name.
 *
 * ## When not to use it
 *
 * Not for children that come and go while the program runs, one for each user or job: see {@linkcode
 * DynamicSupervisor}. Not to retry a failed request: write a loop with a pause. A supervisor handles one request at a
 * time: while a child starts or ends, it does not reply, and **a child that waits for a reply of its own supervisor in
 * its `init` or `terminate` waits forever.**
 *
 * @category Supervision
 */
export class Supervisor {
  private constructor() {}

  /**
   * Starts a supervisor and its children.
   *
   * @param children The children, in the order in which they start; or a function that returns them, called now and at
   * each restart of this supervisor.
   * @param options The strategy and limits, a name, a process to link to.
   * @returns The running supervisor, when all children run.
   * @throws {ChildStartError} If a child failed to start. The children before it have been ended.
   * @throws {AlreadyStartedError} If another process has the name.
   * @throws {StartError} If it took longer than `timeoutMs`, or the function that returns the children threw.
   * @throws {TypeError} If a child is invalid, or two have the same id.
   */
  static async start(children: ChildSpecs, options: SupervisorOptions = {}): Promise<SupervisorRef> {
    const make = (server: SupervisorServer, made: ProcessOptions) => new StaticSupervisor(server, made);
    return await startSupervisor(make, "Supervisor", children, options);
  }

  /**
   * Returns the child specification of a supervisor, for another supervisor.
   *
   * @param children Its children, or a function that returns them.
   * @param options Its options, and how its parent supervises it.
   * @returns The specification, for `Supervisor.start` and `startChild`.
   */
  static child(
    children: ChildSpecs,
    options: ChildOptions & Omit<SupervisorOptions, "link"> = {},
  ): ChildSpec<SupervisorRef> {
    return {
      ...policyOf(options),
      id: childIdOf(options, "Supervisor"),
      type: "supervisor",
      shutdown: options.shutdown,
      start: (link) => Supervisor.start(children, { ...options, link }),
    };
  }

  /**
   * Finds a supervisor by its name.
   *
   * @param name Its name.
   * @returns The supervisor, or `undefined` if no live one has this name.
   */
  static whereis(name: Name): SupervisorRef | undefined {
    const pid = whereis(name);
    return pid instanceof StaticSupervisor ? pid : undefined;
  }
}

class StaticSupervisor extends SupervisorProcess<ChildTable> implements SupervisorRef {
  /** Adds a child and starts it. */
  async startChild<P extends Pid<never>>(spec: ChildSpec<P>): Promise<P> {
    return await this.ask("startChild", checkSpec(spec));
  }

  /** Ends a child. */
  terminateChild(id: ChildId): Promise<void> {
    return this.ask("terminateChild", id);
  }

  /** Starts a child that does not run. */
  restartChild(id: ChildId): Promise<Pid> {
    return this.ask("restartChild", id);
  }

  /** Removes a child that does not run. */
  deleteChild(id: ChildId): Promise<void> {
    return this.ask("deleteChild", id);
  }
}

const STRATEGIES: readonly unknown[] = ["oneForOne", "oneForAll", "restForOne"] satisfies Strategy[];
const AUTO_SHUTDOWNS: readonly unknown[] = ["never", "anySignificant", "allSignificant"] satisfies AutoShutdown[];

/** Checks options and children, then starts the process that `make` creates. */
export async function startSupervisor<P extends SupervisorProcess<ChildTable>>(
  make: (server: SupervisorServer, options: ProcessOptions) => P,
  kind: string,
  children: ChildSpecs,
  options: SupervisorOptions,
): Promise<P> {
  const { strategy = "oneForOne", autoShutdown = "never" } = options;
  if (!STRATEGIES.includes(strategy)) {
    throw new TypeError(
      `Cannot start supervisor: "strategy" must be one of ${STRATEGIES.join(", ")}, received ${strategy}`,
    );
  }
  if (!AUTO_SHUTDOWNS.includes(autoShutdown)) {
    throw new TypeError(
      `Cannot start supervisor: "autoShutdown" must be one of ${AUTO_SHUTDOWNS.join(", ")}, received ${autoShutdown}`,
    );
  }
  if (typeof children !== "function") checkSpecs(children, autoShutdown);
  const server = new SupervisorServer(children, { strategy, autoShutdown, intensity: new RestartIntensity(options) });
  try {
    return await startProcess(make(server, processOptionsOf(kind, options)), options);
  } catch (error) {
    throw error instanceof StartError && error.reason instanceof ChildStartError ? error.reason : error;
  }
}
