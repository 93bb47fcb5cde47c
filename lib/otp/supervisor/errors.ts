/**
 * What goes wrong with children, for callers who want to catch it.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { ChildId } from "../process/child_spec.ts";
import { StartError } from "../process/errors.ts";
import type { Pid } from "../process/pid.ts";

/**
 * Thrown where a child could not be started, with its {@linkcode StartError.reason}: by `startChild` and
 * `restartChild`, and by `Supervisor.start`, which has then ended the children before it. Where the child is itself a
 * supervisor that could not start one of its own, the reason is that one's `ChildStartError`.
 */
export class ChildStartError extends StartError {
  /** Which child. */
  readonly childId: ChildId;

  /** Creates the error for a child of `supervisor`. */
  constructor(supervisor: string, childId: ChildId, reason: StartError["reason"]) {
    super(`child ${quoted(childId)} of ${supervisor}`, reason);
    this.name = "ChildStartError";
    this.childId = childId;
  }
}

/** Why a supervisor would not do what it was asked to, as OTP's `{:error, reason}`. */
export type ChildProblem = "alreadyStarted" | "alreadyPresent" | "notFound" | "running" | "restarting" | "maxChildren";

const PROBLEMS: Readonly<Record<ChildProblem, string>> = {
  alreadyStarted: "a child with this id runs",
  alreadyPresent: "there is a child with this id, though it does not run",
  notFound: "there is no such child",
  running: "it runs",
  restarting: "it is about to be restarted",
  maxChildren: "there are as many children as there may be",
};

/** Thrown where a supervisor is asked for what the state of its children does not allow. */
export class ChildError extends Error {
  /** What stands in the way. */
  readonly problem: ChildProblem;
  /** Which child; `undefined` where it has no id. */
  readonly childId: ChildId | undefined;
  /** The process that runs, if the problem is `"alreadyStarted"`. */
  readonly pid: Pid<never> | undefined;

  /** Creates the error for not being able to `act` on a child. */
  constructor(act: string, problem: ChildProblem, childId?: ChildId, pid?: Pid<never>) {
    const which = childId === undefined ? "child" : `child ${quoted(childId)}`;
    super(`Cannot ${act} ${which}: ${PROBLEMS[problem]}`);
    this.name = "ChildError";
    this.problem = problem;
    this.childId = childId;
    this.pid = pid;
  }
}
