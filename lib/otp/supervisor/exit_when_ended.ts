/**
 * Ending a program with a process that it cannot do without.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { exitProgram } from "../../base/program.ts";
import { describeExit, isExpectedExit } from "../process/exit_reason.ts";
import type { Pid } from "../process/pid.ts";
import { type Process, processOf } from "../process/process.ts";
import { SupervisorProcess } from "./supervising.ts";

/** What a process means by its end for the program. */
type Verdict = { readonly code: 0 | 1; readonly why: string } | undefined;

/**
 * Exits the program when a process has ended that it cannot do without, such as its root supervisor. A supervisor that
 * gives up otherwise only ends itself and its children: a server goes on to accept requests that nobody can serve any
 * more. What started the program (systemd, Docker, Kubernetes) can only start it again once it has exited.
 *
 * | the process | the program |
 * | --- | --- |
 * | is a supervisor that gives up | exits with code 1 |
 * | fails, or is ended by force | exits with code 1 |
 * | is a supervisor whose significant children are done (`autoShutdown`) | exits with code 0 |
 * | is asked to end: `stop()`, `exit("shutdown")` | goes on; it was the program's own wish |
 *
 * Before it exits it prints one line that says why. Other processes do not get to terminate: an exit with code 1 is for
 * what restarting inside the program could not repair.
 *
 * @example Usage
 * ```ts ignore
 * import { exitWhenEnded, Supervisor } from "@urvogel/realtime";
 *
 * const tree = await Supervisor.start([], { label: "app" });
 * exitWhenEnded(tree);
 * ```
 *
 * @param process The process.
 * @returns Takes it back when disposed of.
 */
export function exitWhenEnded(process: Pid<never>): Disposable {
  const awaited = processOf(process);
  const exit = () => {
    const verdict = verdictOf(awaited);
    if (!verdict) return;
    const who = `process ${awaited.id} (${oneLine(awaited.label)})`;
    const line = `[urvogel] the program exits with code ${verdict.code}: ${who} ${verdict.why}`;
    if (verdict.code === 0) console.log(line);
    else console.error(line);
    exitProgram(verdict.code);
  };
  awaited.onExit(exit); // at once, if it has ended already
  return {
    [Symbol.dispose]: () => awaited.offExit(exit),
  };
}

function verdictOf(process: Process): Verdict {
  const { exitReason } = process;
  if (!isExpectedExit(exitReason)) return { code: 1, why: `ended with ${oneLine(describeExit(exitReason))}` };
  const ending = process instanceof SupervisorProcess ? process.ending : undefined;
  if (!ending) return undefined;
  return ending.is === "gaveUp" ? { code: 1, why: ending.why } : { code: 0, why: "has nothing left to supervise" };
}
