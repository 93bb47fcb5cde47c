/**
 * Telemetry events of supervisors, and the log entries written when an event has no listener.
 *
 * | event | when |
 * | --- | --- |
 * | `urvogel:supervisor:child_started` | a child was started or restarted |
 * | `urvogel:supervisor:child_terminated` | a child ended, by itself or because its supervisor ended it |
 * | `urvogel:supervisor:start_failed` | a child could not be started |
 * | `urvogel:supervisor:child_killed` | a child did not end in time when it was asked to |
 * | `urvogel:supervisor:gave_up` | there were too many restarts: the supervisor gives up and ends |
 *
 * A child that fails reports its crash itself (`urvogel:process:crashed`), and a caller that starts a child receives an
 * error; so only failed restarts, children that had to be killed, and supervisors that give up are logged.
 *
 * @module
 */

import type { LogLevel } from "../../base/log_record.ts";
import { oneLine, quoted } from "../../base/printable.ts";
import { telemetryEvent } from "../../base/telemetry.ts";
import type { ChildId } from "../process/child_spec.ts";
import type { StartError } from "../process/errors.ts";
import { describeExit, type ExitReason } from "../process/exit_reason.ts";
import type { Pid } from "../process/pid.ts";
import { reportingOf } from "../process/reporting.ts";
import type { RestartIntensity } from "./restart_intensity.ts";
import type { SupervisedChild } from "./supervised_child.ts";
import type { SupervisorEnding } from "./supervising.ts";

/**
 * `urvogel:supervisor:child_started`: a child was started or restarted.
 *
 * @category Supervision
 */
export interface ChildStartedEvent {
  /** Its supervisor. */
  readonly supervisor: Pid<never>;
  /** The id of the child, if it has one. */
  readonly childId: ChildId | undefined;
  /** The process of the child. */
  readonly pid: Pid<never>;
}

/**
 * `urvogel:supervisor:child_terminated`: a child ended.
 *
 * @category Supervision
 */
export interface ChildTerminatedEvent extends ChildStartedEvent {
  /** The reason. */
  readonly reason: ExitReason;
  /** Whether its supervisor asked it to end. */
  readonly asked: boolean;
}

/**
 * `urvogel:supervisor:start_failed`: a child could not be started.
 *
 * @category Supervision
 */
export interface StartFailedEvent {
  /** Its supervisor. */
  readonly supervisor: Pid<never>;
  /** The id of the child, if it has one. */
  readonly childId: ChildId | undefined;
  /** The reason. */
  readonly reason: StartError["reason"];
  /** Whether this was a restart. A failed restart is reported only by this event. */
  readonly restart: boolean;
}

/**
 * `urvogel:supervisor:child_killed`: a child did not end in time.
 *
 * @category Supervision
 */
export type ChildKilledEvent = ChildStartedEvent;

/**
 * `urvogel:supervisor:gave_up`: there were too many restarts.
 *
 * @category Supervision
 */
export interface GaveUpEvent {
  /** The supervisor that gave up. */
  readonly supervisor: Pid<never>;
  /** The id of the child whose restart exceeded the limit. */
  readonly childId: ChildId | undefined;
  /** Why the child ended or could not be started. */
  readonly reason: StartError["reason"];
}

const childStarted = telemetryEvent<ChildStartedEvent>("urvogel:supervisor:child_started");
const childTerminated = telemetryEvent<ChildTerminatedEvent>("urvogel:supervisor:child_terminated");
const startFailed = telemetryEvent<StartFailedEvent>("urvogel:supervisor:start_failed");
const childKilled = telemetryEvent<ChildKilledEvent>("urvogel:supervisor:child_killed");
const gaveUp = telemetryEvent<GaveUpEvent>("urvogel:supervisor:gave_up");

/** Emits the events of one supervisor, or logs them. */
export class SupervisorReports {
  readonly #supervisor: Pid<never>;

  /** Creates the reports of `supervisor`. */
  constructor(supervisor: Pid<never>) {
    this.#supervisor = supervisor;
  }

  /** Reports that a child was started. */
  started(child: SupervisedChild, pid: Pid<never>): void {
    if (childStarted.hasListeners) childStarted.emit({ supervisor: this.#supervisor, childId: child.id, pid });
  }

  /** Reports that a child ended. */
  terminated(child: SupervisedChild, pid: Pid<never>, reason: ExitReason, asked: boolean): void {
    if (!childTerminated.hasListeners) return;
    childTerminated.emit({ supervisor: this.#supervisor, childId: child.id, pid, reason, asked });
  }

  /** Reports that a child could not be started. */
  startFailed(child: SupervisedChild, reason: StartError["reason"], restart: boolean): void {
    const event = { supervisor: this.#supervisor, childId: child.id, reason, restart };
    if (startFailed.hasListeners) startFailed.emit(event);
    else if (restart) this.#log("error", "failed restart", `could not restart ${nameOf(child)}: ${why(reason)}`);
  }

  /** Reports that a child had to be killed. */
  killed(child: SupervisedChild, pid: Pid<never>): void {
    if (childKilled.hasListeners) childKilled.emit({ supervisor: this.#supervisor, childId: child.id, pid });
    else this.#log("warn", "killed child", `killed ${nameOf(child)}: it did not end within ${child.shutdown} ms`);
  }

  /** Reports that there were too many restarts. Returns why the supervisor ends. */
  gaveUp(
    child: SupervisedChild,
    reason: StartError["reason"],
    { maxRestarts, maxSeconds }: RestartIntensity,
  ): SupervisorEnding {
    const limit = `more than ${maxRestarts} restarts within ${maxSeconds} s`;
    const words = `gave up after ${limit}, the last one of ${nameOf(child)}: ${why(reason)}`;
    if (gaveUp.hasListeners) gaveUp.emit({ supervisor: this.#supervisor, childId: child.id, reason });
    else this.#log("error", "gave up", words);
    return { is: "gaveUp", why: words };
  }

  #log(level: LogLevel, kind: string, what: string): void {
    const { id, label } = this.#supervisor;
    const { log, fields } = reportingOf(this.#supervisor);
    const describe = () => ({ message: `supervisor ${id} (${oneLine(label)}) ${what}`, fields });
    log.write(level, undefined, { kind: `supervisor: ${kind}`, describe });
  }
}

function nameOf({ id }: SupervisedChild): string {
  return id === undefined ? "a child" : `child ${quoted(id)}`;
}

function why(reason: StartError["reason"]): string {
  return reason === "ignore" || reason === "timeout" ? reason : oneLine(describeExit(reason));
}
