/**
 * The behaviour of a dynamic supervisor's process. Its children are independent of each other: starting, losing or
 * finding one takes the same time with ten children or a hundred thousand.
 *
 * @module
 */

import { monotonicMs } from "../../base/clock.ts";
import { isInstance } from "../../base/foreign.ts";
import { isThenable, whenDone } from "../../base/thenable.ts";
import type { CallResult, InfoResult, InitResult } from "../server/behaviour.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import type { ServerStatus } from "../process/server_status.ts";
import type { From } from "../server/call.ts";
import { countChildren } from "./child_table.ts";
import type { StartError } from "../process/errors.ts";
import { endChild, type Ending, launchChild } from "./launch_child.ts";
import type { Pid } from "../process/pid.ts";
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

/** Children by their process. A child that is being restarted keeps the entry of the process that ended. */
export type DynamicChildren = Map<Pid<never>, SupervisedChild>;

/** The message that retries a failed restart, after the messages that came in the meantime. */
class TryAgain {
  readonly pid: Pid<never>;
  readonly reason: StartError["reason"];

  constructor(pid: Pid<never>, reason: StartError["reason"]) {
    this.pid = pid;
    this.reason = reason;
  }
}

/** The behaviour of a dynamic supervisor. */
export class DynamicSupervisorServer implements SupervisorBehaviour<DynamicChildren> {
  ending: SupervisorEnding | undefined;
  readonly #children: DynamicChildren = new Map();
  readonly #maxChildren: number;
  readonly #intensity: RestartIntensity;
  #process!: Process;
  #reports!: SupervisorReports;

  /** Creates the behaviour; {@linkcode attach} comes next. */
  constructor(maxChildren: number, intensity: RestartIntensity) {
    this.#maxChildren = maxChildren;
    this.#intensity = intensity;
  }

  /** Sets the process that runs this behaviour. */
  attach(process: Process): void {
    this.#process = process;
    this.#reports = new SupervisorReports(process);
  }

  /** A snapshot of its children. */
  get supervised(): readonly ChildInfo[] {
    return Array.from(this.#children.values(), ({ info }) => info);
  }

  /** Starts without children. */
  init(): InitResult<DynamicChildren> {
    return ok(this.#children);
  }

  /** Handles a request to the supervisor. */
  handleCall(name: string, request: unknown, _: From<unknown>, children: DynamicChildren): MaybePromise<Result> {
    return whenDone(this.#answer(name, request), (answer) => reply(answer, children));
  }

  /** Handles the exit of a child. */
  handleInfo(message: unknown, children: DynamicChildren): MaybePromise<InfoResult<DynamicChildren>> {
    if (isInstance(message, Exit)) {
      const child = message.pid && children.get(message.pid);
      return child?.process ? this.#childEnded(child, child.process, message) : noreply(children);
    }
    if (isInstance(message, TryAgain)) {
      const child = children.get(message.pid);
      return child ? this.#restart(child, message.pid, message.reason) : noreply(children);
    }
    return unexpectedMessage(this.#process, message, noreply(children));
  }

  /** Ends the children, all at the same time. */
  async terminate(): Promise<void> {
    const pending: Promise<void>[] = [];
    for (const child of this.#children.values()) {
      const ended = this.#end(child);
      if (ended) pending.push(ended);
    }
    await Promise.all(pending);
  }

  /** Shows a snapshot of the children as the state. */
  formatStatus(status: ServerStatus): ServerStatus {
    return { ...status, state: this.supervised };
  }

  #answer(name: string, request: unknown): MaybePromise<Answer> {
    switch (name) {
      case "startChild":
        return this.#startChild(request as SupervisedChild);
      case "terminateChild":
        return this.#terminateChild(request as Pid<never>);
      case "whichChildren":
        return done(this.supervised);
      case "countChildren":
        return done(countChildren(this.#children.values()));
      default:
        return refused(new TypeError(`Cannot handle call "${name}": dynamic supervisors have no such call`));
    }
  }

  async #startChild(child: SupervisedChild): Promise<Answer> {
    if (this.#children.size >= this.#maxChildren) return refused(new ChildError("start", "maxChildren", child.id));
    const launch = await launchChild(child, this.#process);
    if (launch.is === "started") {
      this.#runs(child, launch.process);
      return done(launch.process);
    }
    const reason = launch.is === "failed" ? launch.reason : "ignore";
    if (launch.is === "failed" && this.#process.alive) this.#reports.startFailed(child, reason, false);
    return refused(new ChildStartError(this.#process.label, child.id ?? "without id", reason));
  }

  async #terminateChild(pid: Pid<never>): Promise<Answer> {
    const child = this.#children.get(pid);
    if (!child) return refused(new ChildError("terminate", "notFound"));
    await this.#end(child);
    this.#children.delete(pid);
    return done();
  }

  #runs(child: SupervisedChild, process: Process): void {
    child.isRunning(process);
    this.#children.set(process, child);
    this.#reports.started(child, process);
  }

  #childEnded(
    child: SupervisedChild,
    process: Process,
    { reason }: Exit,
  ): MaybePromise<InfoResult<DynamicChildren>> {
    this.#reports.terminated(child, process, reason, false);
    if (child.restartsAfter(reason)) return this.#restart(child, process, reason);
    this.#children.delete(process);
    return noreply(this.#children);
  }

  async #restart(
    child: SupervisedChild,
    ended: Pid<never>,
    reason: StartError["reason"],
  ): Promise<InfoResult<DynamicChildren>> {
    if (!this.#intensity.admit(monotonicMs())) {
      this.ending = this.#reports.gaveUp(child, reason, this.#intensity);
      this.#children.delete(ended);
      return stop("shutdown", this.#children);
    }
    const launch = await launchChild(child, this.#process);
    if (launch.is === "failed") {
      child.isDown(true);
      if (this.#process.alive) this.#reports.startFailed(child, launch.reason, true);
      this.#process.mailbox.postSystem(new TryAgain(ended, launch.reason));
    } else {
      this.#children.delete(ended);
      if (launch.is === "started") this.#runs(child, launch.process);
    }
    return noreply(this.#children);
  }

  /** Ends a child; returns a promise only if that takes time. */
  #end(child: SupervisedChild): Promise<void> | undefined {
    const { process } = child;
    if (!process) return undefined;
    const note = ({ reason, forced }: Ending) => {
      if (forced) this.#reports.killed(child, process);
      this.#reports.terminated(child, process, reason, true);
    };
    const ending = endChild(child, process, this.#process);
    if (isThenable(ending)) return Promise.resolve(ending).then(note);
    note(ending);
    return undefined;
  }
}

type Result = CallResult<unknown, DynamicChildren>;
