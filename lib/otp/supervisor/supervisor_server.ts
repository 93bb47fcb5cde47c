/**
 * The behaviour of a static supervisor's process: it starts children in order, restarts them according to the strategy,
 * and ends them in reverse order.
 *
 * Like every server it handles one message at a time: while it waits for a child to start or to end, everything else
 * waits in its mailbox, including the exits of other children. It decides what to do next only by the state of its
 * table, so an exit that it handles late, or that of a process it no longer knows, does no harm.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { isInstance } from "../../base/foreign.ts";
import { isThenable } from "../../base/thenable.ts";
import type { CallResult, InfoResult, InitResult } from "../server/behaviour.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { From } from "../server/call.ts";
import { checkSpecs, insignificant } from "./_check_specs.ts";
import { ChildTable, countChildren, type Strategy } from "./child_table.ts";
import type { ChildId, ChildSpec } from "../process/child_spec.ts";
import type { StartError } from "../process/errors.ts";
import { endChild, type Launch, launchChild } from "./launch_child.ts";
import type { Process } from "../process/process.ts";
import type { RestartIntensity } from "./restart_intensity.ts";
import { noreply, ok, reply, stop } from "../server/result.ts";
import { Exit } from "../process/signals.ts";
import type { ChildInfo, SupervisedChild } from "./supervised_child.ts";
import {
  type Answer,
  done,
  refused,
  type SupervisorBehaviour,
  type SupervisorEnding,
  unexpectedMessage,
} from "./supervising.ts";
import { ChildError, ChildStartError } from "./errors.ts";
import { SupervisorReports } from "./telemetry.ts";

/**
 * When a supervisor ends because significant children have ended.
 *
 * @category Supervision
 */
export type AutoShutdown = "never" | "anySignificant" | "allSignificant";

/**
 * The specifications of children, or a function that returns them each time the supervisor starts.
 *
 * @category Supervision
 */
export type ChildSpecs = readonly ChildSpec[] | (() => MaybePromise<readonly ChildSpec[]>);

/** The restart strategy and limits of a supervisor. */
export interface SupervisionPolicy {
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
  readonly intensity: RestartIntensity;
}

/** The message that retries a failed restart, after the messages that came in the meantime. */
class TryAgain {
  readonly child: SupervisedChild;
  readonly reason: StartError["reason"];

  constructor(child: SupervisedChild, reason: StartError["reason"]) {
    this.child = child;
    this.reason = reason;
  }
}

/** A child that could not be started. */
interface FailedStart {
  readonly child: SupervisedChild;
  readonly reason: StartError["reason"];
}

/** The behaviour of a static supervisor. */
export class SupervisorServer implements SupervisorBehaviour<ChildTable> {
  /** Its children; also read from outside, without a message. */
  readonly children: ChildTable = new ChildTable();
  ending: SupervisorEnding | undefined;
  readonly #specs: ChildSpecs;
  readonly #policy: SupervisionPolicy;
  #process!: Process;
  #reports!: SupervisorReports;

  /** Creates the behaviour; {@linkcode attach} comes next. */
  constructor(specs: ChildSpecs, policy: SupervisionPolicy) {
    this.#specs = specs;
    this.#policy = policy;
  }

  /** Sets the process that runs this behaviour. */
  attach(process: Process): void {
    this.#process = process;
    this.#reports = new SupervisorReports(process);
  }

  /** A snapshot of its children. */
  get supervised(): readonly ChildInfo[] {
    return this.children.infos;
  }

  /** Starts the children; if one fails, ends those before it. */
  async init(): Promise<InitResult<ChildTable>> {
    const specs = typeof this.#specs === "function" ? await this.#specs() : this.#specs;
    for (const child of checkSpecs(specs, this.#policy.autoShutdown)) this.children.add(child);
    const failure = await this.#startAll([...this.children], false);
    if (!failure) return ok(this.children);
    await this.#endAll([...this.children]);
    return stop(new ChildStartError(this.#process.label, failure.child.id!, failure.reason));
  }

  /** Handles a request to the supervisor. */
  async handleCall(name: string, request: unknown, _: From<unknown>, table: ChildTable): Promise<Result> {
    return reply(await this.#answer(name, request), table);
  }

  /** Handles the exit of a child. */
  handleInfo(message: unknown, table: ChildTable): MaybePromise<InfoResult<ChildTable>> {
    if (isInstance(message, Exit)) {
      const child = table.byPid(message.pid);
      return child ? this.#childEnded(child, message) : noreply(table);
    }
    if (isInstance(message, TryAgain)) {
      const { child, reason } = message;
      return child.status === "restarting" ? this.#restart(child, reason) : noreply(table);
    }
    return unexpectedMessage(this.#process, message, noreply(table));
  }

  /** Ends the children, the last one first. */
  terminate(): Promise<void> {
    return this.#endAll([...this.children]);
  }

  /** Shows a snapshot of the children as the state. */
  formatStatus(status: ServerStatus): ServerStatus {
    return { ...status, state: this.children.infos };
  }

  #answer(name: string, request: unknown): MaybePromise<Answer> {
    switch (name) {
      case "startChild":
        return this.#startChild(request as SupervisedChild);
      case "restartChild":
        return this.#restartChild(request as ChildId);
      case "terminateChild":
        return this.#terminateChild(request as ChildId);
      case "deleteChild":
        return this.#deleteChild(request as ChildId);
      case "removeChild":
        return this.#removeChild(request as ChildId);
      case "whichChildren":
        return done(this.children.infos);
      case "countChildren":
        return done(countChildren(this.children));
      default:
        return refused(new TypeError(`Cannot handle call "${name}": supervisors have no such call`));
    }
  }

  async #startChild(child: SupervisedChild): Promise<Answer> {
    const present = this.children.get(child.id!);
    if (present?.process) return refused(new ChildError("start", "alreadyStarted", child.id, present.process));
    if (present) return refused(new ChildError("start", "alreadyPresent", child.id));
    if (child.significant && this.#policy.autoShutdown === "never") return refused(insignificant(child));
    const launch = await this.#launch(child, false);
    if (launch.is === "failed") return this.#notStarted(child, launch.reason);
    if (launch.is === "ignored" && child.restart === "temporary") return this.#notStarted(child, "ignore");
    this.children.add(child);
    return this.#settle(child, launch);
  }

  async #restartChild(id: ChildId): Promise<Answer> {
    const child = this.children.get(id);
    if (!child) return refused(new ChildError("restart", "notFound", id));
    if (child.status !== "stopped") return refused(new ChildError("restart", child.status, id));
    return this.#settle(child, await this.#launch(child, false));
  }

  async #terminateChild(id: ChildId): Promise<Answer> {
    const child = this.children.get(id);
    if (!child) return refused(new ChildError("terminate", "notFound", id));
    await this.#end(child);
    return done();
  }

  #deleteChild(id: ChildId): Answer {
    const child = this.children.get(id);
    if (!child) return refused(new ChildError("delete", "notFound", id));
    if (child.status !== "stopped") return refused(new ChildError("delete", child.status, id));
    this.children.delete(child);
    return done();
  }

  /** Ends a child and removes it in one step: between two steps, the strategy might restart it. */
  async #removeChild(id: ChildId): Promise<Answer> {
    const child = this.children.get(id);
    if (child) await this.#end(child);
    if (child && this.children.has(child)) this.children.delete(child);
    return done();
  }

  #settle(child: SupervisedChild, launch: Launch): Answer {
    if (launch.is !== "started") return this.#notStarted(child, launch.is === "failed" ? launch.reason : "ignore");
    this.children.isRunning(child, launch.process);
    return done(launch.process);
  }

  #notStarted(child: SupervisedChild, reason: StartError["reason"]): Answer {
    return refused(new ChildStartError(this.#process.label, child.id!, reason));
  }

  #childEnded(child: SupervisedChild, { pid, reason }: Exit): MaybePromise<InfoResult<ChildTable>> {
    this.#reports.terminated(child, pid!, reason, false);
    this.children.isDown(child);
    if (child.restartsAfter(reason)) return this.#restart(child, reason);
    if (child.restart === "temporary") this.children.delete(child);
    if (!this.#endsWith(child)) return noreply(this.children);
    this.ending = { is: "finished" };
    return stop("shutdown", this.children);
  }

  /** Whether the supervisor ends because `child` has ended and is not restarted. */
  #endsWith(child: SupervisedChild): boolean {
    if (!child.significant || this.#policy.autoShutdown === "never") return false;
    if (this.#policy.autoShutdown === "anySignificant") return true;
    return ![...this.children].some(({ significant, status }) => significant && status !== "stopped");
  }

  async #restart(child: SupervisedChild, reason: StartError["reason"]): Promise<InfoResult<ChildTable>> {
    const { intensity, strategy } = this.#policy;
    if (!intensity.admit(monotonicMs())) {
      this.ending = this.#reports.gaveUp(child, reason, intensity);
      this.children.isDown(child);
      return stop("shutdown", this.children);
    }
    const affected = this.children.affectedBy(child, strategy);
    if (strategy !== "oneForOne") await this.#endAll(affected);
    const failure = await this.#startAll(affected.filter((child) => this.children.has(child)), true);
    if (failure) {
      this.children.isDown(failure.child, true);
      this.#process.mailbox.postSystem(new TryAgain(failure.child, failure.reason));
    }
    return noreply(this.children);
  }

  /** Starts children in order, until one fails. */
  async #startAll(children: readonly SupervisedChild[], restart: boolean): Promise<FailedStart | undefined> {
    for (const child of children) {
      if (!this.#process.alive) return undefined; // killed: the started children receive that by their links
      const launch = await this.#launch(child, restart);
      if (launch.is === "failed") return { child, reason: launch.reason };
      if (launch.is === "started") this.children.isRunning(child, launch.process);
      else if (child.restart === "temporary") this.children.delete(child);
      else this.children.isDown(child);
    }
    return undefined;
  }

  async #launch(child: SupervisedChild, restart: boolean): Promise<Launch> {
    const launch = await launchChild(child, this.#process);
    if (launch.is === "started") this.#reports.started(child, launch.process);
    else if (launch.is === "failed" && this.#process.alive) this.#reports.startFailed(child, launch.reason, restart);
    return launch;
  }

  /** Ends children, the last one first. */
  async #endAll(children: readonly SupervisedChild[]): Promise<void> {
    for (const child of children.toReversed()) await this.#end(child);
  }

  /** Ends a child, and removes it if it is temporary. */
  async #end(child: SupervisedChild): Promise<void> {
    const { process } = child;
    if (process) {
      const ending = endChild(child, process, this.#process);
      const { reason, forced } = isThenable(ending) ? await ending : ending;
      if (forced) this.#reports.killed(child, process);
      this.#reports.terminated(child, process, reason, true);
    }
    if (child.restart === "temporary") this.children.delete(child);
    else this.children.isDown(child);
  }
}

type Result = CallResult<unknown, ChildTable>;
