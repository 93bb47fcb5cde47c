/**
 * Errors about children of supervisors, for callers that want to catch them.
 *
 * @module
 */

import { quoted } from "../../base/printable.ts";
import type { ChildId } from "../process/child_spec.ts";
import { StartError } from "../process/errors.ts";
import type { Pid } from "../process/pid.ts";

/**
 * Thrown when a child could not be started, with its {@linkcode StartError.prototype.reason | StartError.reason}: by
 * `startChild` and `restartChild`, and by `Supervisor.start`, which first ends the children that it had started. If the
 * child is a supervisor that could not start one of its own children, the reason is the `ChildStartError` of that
 * child.
 *
 * @category Supervision
 */
export class ChildStartError extends StartError {
  /** The id of the child. */
  readonly childId: ChildId;

  /** Creates the error for a child of `supervisor`. */
  constructor(supervisor: string, childId: ChildId, reason: StartError["reason"]) {
    super(`child ${quoted(childId)} of ${supervisor}`, reason);
    this.name = "ChildStartError";
    this.childId = childId;
  }
}

/**
 * Why a supervisor refused a request. The reason in OTP's `{:error, reason}`.
 *
 * @category Supervision
 */
export type ChildProblem = "alreadyStarted" | "alreadyPresent" | "notFound" | "running" | "restarting" | "maxChildren";

const PROBLEMS: Readonly<Record<ChildProblem, string>> = {
  alreadyStarted: "a child with this id runs already",
  alreadyPresent: "a child with this id is there, but does not run; restart or delete it",
  notFound: "there is no such child",
  running: "it runs; terminate it first",
  restarting: "it is about to be restarted",
  maxChildren: 'there are "maxChildren" already',
};

/**
 * Thrown when the state of its children does not allow a supervisor to do what was requested.
 *
 * @category Supervision
 */
export class ChildError extends Error {
  /** Why the request was refused. */
  readonly problem: ChildProblem;
  /** The id of the child; `undefined` if it has none. */
  readonly childId: ChildId | undefined;
  /** The running process, if the problem is `"alreadyStarted"`. */
  readonly pid: Pid<never> | undefined;

  /** Creates the error for an action (`act`) on a child that was refused. */
  constructor(act: string, problem: ChildProblem, childId?: ChildId, pid?: Pid<never>) {
    const which = childId === undefined ? "child" : `child ${quoted(childId)}`;
    super(`Cannot ${act} ${which}: ${PROBLEMS[problem]}`);
    this.name = "ChildError";
    this.problem = problem;
    this.childId = childId;
    this.pid = pid;
  }
}
