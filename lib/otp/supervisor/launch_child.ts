/**
 * Starts and ends the process of a child.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { isInstance } from "../../base/foreign.ts";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { StartError } from "../process/errors.ts";
import { type ExitReason, exitReasonOf } from "../process/exit_reason.ts";
import { isResult } from "../process/marked_result.ts";
import { Process } from "../process/process.ts";
import { Exit } from "../process/signals.ts";
import type { SupervisedChild } from "./supervised_child.ts";
import { ChildStartError } from "./errors.ts";

/** The result of starting a child. */
export type Launch =
  | { readonly is: "started"; readonly process: Process }
  | { readonly is: "ignored" }
  | { readonly is: "failed"; readonly reason: StartError["reason"] };

/** Starts a process for `child`, linked to `parent`. Never throws. */
export async function launchChild(child: SupervisedChild, parent: Process): Promise<Launch> {
  try {
    const result = await child.start(parent);
    if (result instanceof Process) return adopt(result, parent);
    if (isResult(result) && result.next === "ignore") return { is: "ignored" };
    throw new TypeError(`Cannot supervise: "start" must return a Pid or ignore(), returned ${typeof result}`);
  } catch (thrown) {
    return failed(thrown);
  }
}

/** Makes sure that the supervisor receives the exit of a process, even if that is not linked or has already ended. */
function adopt(process: Process, parent: Process): Launch {
  if (!parent.alive) {
    process.exit(parent.exitReason, parent); // as by a link
    return { is: "failed", reason: "noproc" };
  }
  if (process.alive) parent.link(process);
  else parent.mailbox.postSystem(new Exit(process, process.exitReason)); // ended already, perhaps unlinked
  return { is: "started", process };
}

function failed(thrown: unknown): Launch {
  if (!isInstance(thrown, StartError)) return { is: "failed", reason: exitReasonOf(thrown) };
  if (thrown.reason === "ignore") return { is: "ignored" };
  return { is: "failed", reason: isInstance(thrown, ChildStartError) ? thrown : thrown.reason };
}

/** How a child ended that its supervisor asked to end. */
export interface Ending {
  /** Its exit reason. */
  readonly reason: ExitReason;
  /** Whether it was killed because it took too long. */
  readonly forced: boolean;
}

/**
 * Ends `process` according to the `shutdown` of `child`.
 *
 * The supervisor requested this end, so it does not get an `Exit` message for it. The child stays linked: a child that
 * is slow to end is still ended if its supervisor is killed in the meantime.
 *
 * @returns How it ended; a promise only if that takes time.
 */
export function endChild(
  child: Pick<SupervisedChild, "shutdown">,
  process: Process,
  parent: Process,
): MaybePromise<Ending> {
  parent.disregard(process);
  if (child.shutdown === "brutalKill") process.exit("kill");
  else process.exit("shutdown", parent);
  if (!process.alive) {
    parent.unlink(process);
    return { reason: process.exitReason, forced: false };
  }
  const { promise, resolve } = Promise.withResolvers<Ending>();
  let forced = false;
  const patience = new Alarm(() => {
    forced = true;
    process.exit("kill");
  }).set(child.shutdown === "infinity" ? Infinity : child.shutdown as number);
  process.onExit((reason) => {
    patience.clear();
    parent.unlink(process);
    resolve({ reason, forced });
  });
  return promise;
}
