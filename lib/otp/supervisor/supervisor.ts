/**
 * Supervisors: processes that start other processes, and start them again when they fail.
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

/** Options for {@linkcode Supervisor.start}. */
export interface SupervisorOptions extends StartOptions, RestartLimits {
  /**
   * Who is restarted with a child that failed.
   *
   * @default {"oneForOne"}
   */
  readonly strategy?: Strategy;
  /**
   * When it ends, as `"shutdown"`, because children that are marked `significant` have ended by themselves, for good:
   * with the first one, or when none is left.
   *
   * @default {"never"}
   */
  readonly autoShutdown?: AutoShutdown;
}

/** What all supervisors can be asked. Each throws a `CallExitError` if the supervisor has ended or ends meanwhile. */
export interface AnySupervisorRef extends Pid, AsyncDisposable {
  /** Tells what children there are, in the order in which they were started. */
  whichChildren(): Promise<readonly ChildInfo[]>;
  /** Counts the children. */
  countChildren(): Promise<ChildCounts>;
  /**
   * Ends the supervisor and its children, and waits until all are gone. Fine if it is gone already.
   *
   * @param reason Why, `"normal"` by default.
   * @throws {CallExitError} If it ends for another reason than this one, such as a failure while it cleans up.
   * @throws {CallTimeoutError} If it takes longer than `timeoutMs`, by default as long as it takes.
   */
  stop(reason?: ExitReason, options?: CallOptions): Promise<void>;
}

/**
 * A running supervisor. What is asked of it waits for its turn, as long as it takes: behind children that take their
 * time to start or to end.
 */
export interface SupervisorRef extends AnySupervisorRef {
  /**
   * Adds a child behind the others and starts it.
   *
   * @param spec The child.
   * @returns Its process.
   * @throws {ChildError} If there is a child with this id: `"alreadyStarted"`, or `"alreadyPresent"` if it does not run.
   * @throws {ChildStartError} If it fails to start; it is not kept then. With reason `"ignore"` if it ignores; it is
   * kept then unless it is temporary, so that `restartChild` may try again.
   * @throws {TypeError} If the spec makes no sense.
   */
  startChild<P extends Pid<never>>(spec: ChildSpec<P>): Promise<P>;
  /**
   * Ends a child. Its spec is kept, unless it is temporary, so it may be started again: by `restartChild`, or together
   * with others as the strategy says.
   *
   * @throws {ChildError} If there is no such child: `"notFound"`.
   */
  terminateChild(id: ChildId): Promise<void>;
  /**
   * Starts a child that does not run.
   *
   * @returns Its process.
   * @throws {ChildError} If it is not there, or it is about to run: `"notFound"`, `"running"`, `"restarting"`.
   * @throws {ChildStartError} If it fails to start, or ignores.
   */
  restartChild(id: ChildId): Promise<Pid>;
  /**
   * Forgets a child that does not run.
   *
   * @throws {ChildError} If it is not there, or runs or is about to: `"notFound"`, `"running"`, `"restarting"`.
   */
  deleteChild(id: ChildId): Promise<void>;
}

/**
 * Supervisors: processes that start other processes, and start them again when they fail.
 *
 * Something will go wrong that nobody thought of. A server that then goes on with a broken state is worse than one that
 * begins anew from a state that is known to be good: so let it crash, and have somebody who starts it again.
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
 * A supervisor runs until it is stopped: `await supervisor.stop()`, or `await using supervisor` in a test, which stops it
 * at the end of its block. **Not at the top level of a program:** that block ends when the module has run, though its
 * server goes on.
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
 * `child(Server, argument, options)` writes that for a GenServer, `Supervisor.child(children, options)` for a
 * supervisor. So a whole tree is written down at once:
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
 * Children start one after the other, each when `init` of the one before is through, and end in reverse order. If one
 * fails to start, those before it are ended and `start` throws a `ChildStartError` that tells which and why.
 *
 * An exit signal `"shutdown"` asks a child to end. One that does not trap exits ends at once; a GenServer that does
 * (`this.self.trapExit = true`) runs its `terminate` first, within the time that `shutdown` gives it.
 *
 * ## Strategies
 *
 * | strategy | when a child is restarted |
 * | --- | --- |
 * | `"oneForOne"` | the others are left alone |
 * | `"oneForAll"` | all others are ended, and all are started again: they make no sense without each other |
 * | `"restForOne"` | so are those that were started after it: they depend on it |
 *
 * More than `maxRestarts` (3) within `maxSeconds` (5), and restarting does not help: the supervisor ends its children
 * and itself, as `"shutdown"`. Its own supervisor starts it again, with everything below it anew; and when that does
 * not help either, the next one up. A restart that fails counts as one and is tried again, **at once and without a
 * pause**: what has to wait for something out there that is gone (a database) should start without it and try again by
 * itself.
 *
 * The root supervisor has nobody above it: when it gives up, its children are gone and the program goes on without them.
 * {@linkcode exitWhenEnded} ends the program instead, so that what started it starts it again.
 *
 * A supervisor may also end with its `significant` children: see `autoShutdown`.
 *
 * ## No classes of supervisors
 *
 * In Elixir a supervisor is often a module with an `init`, for two reasons: it can be put into a list of children, and
 * its children are computed anew whenever it is restarted. Here a function that returns `Supervisor.child(...)` does the
 * first, and giving it a function instead of a list does the second; a class would add a name and nothing else.
 *
 * ## When not to use it
 *
 * Not for children that come and go while the program runs, one for each user or job: see {@linkcode DynamicSupervisor}.
 * Not to try a failed request again: that is a loop with a pause. And a supervisor handles one thing at a time: while a
 * child starts or ends, it answers nobody, and **a child that waits for an answer of its own supervisor in its `init`
 * or `terminate` waits for ever.**
 */
export class Supervisor {
  private constructor() {}

  /**
   * Starts a supervisor and its children.
   *
   * @param children The children, in the order in which they start; or a function that makes them, called now and
   * whenever this supervisor is restarted by its own.
   * @param options The strategy and limits, a name, a process to link to.
   * @returns The running supervisor, when all children run.
   * @throws {ChildStartError} If a child failed to start. Those before it have been ended.
   * @throws {AlreadyStartedError} If another process has the name.
   * @throws {StartError} If it took longer than `timeoutMs`, or the function that makes the children threw.
   * @throws {TypeError} If a child makes no sense, or two have the same id.
   */
  static async start(children: ChildSpecs, options: SupervisorOptions = {}): Promise<SupervisorRef> {
    const make = (server: SupervisorServer, made: ProcessOptions) => new StaticSupervisor(server, made);
    return await startSupervisor(make, "Supervisor", children, options);
  }

  /**
   * A supervisor as a child of another one.
   *
   * @param children Its children, or a function that makes them.
   * @param options Its options, and how its own supervisor deals with it.
   * @returns What `Supervisor.start` and `startChild` take.
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
  /** Adds a child. */
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

  /** Forgets a child that does not run. */
  deleteChild(id: ChildId): Promise<void> {
    return this.ask("deleteChild", id);
  }
}

const STRATEGIES: readonly unknown[] = ["oneForOne", "oneForAll", "restForOne"] satisfies Strategy[];
const AUTO_SHUTDOWNS: readonly unknown[] = ["never", "anySignificant", "allSignificant"] satisfies AutoShutdown[];

/** Checks options and children, then starts what `make` makes. */
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
