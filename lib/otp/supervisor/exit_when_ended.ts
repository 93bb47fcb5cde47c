/**
 * Ends the program when a process that it depends on has ended.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { exitProgram } from "../../base/program.ts";
import { describeExit, isExpectedExit } from "../process/exit_reason.ts";
import type { Pid } from "../process/pid.ts";
import { type Process, processOf } from "../process/process.ts";
import { SupervisorProcess } from "./supervising.ts";

/** The exit code and message for the program; `undefined` if it goes on. */
type Verdict = { readonly code: 0 | 1; readonly why: string } | undefined;

/**
 * Exits the program when a process that it depends on has ended, such as its root supervisor. Without this, a
 * supervisor that gives up only ends itself and its children, and the HTTP server keeps accepting requests that no
 * process can serve. The service manager (systemd, Docker, Kubernetes) can only restart the program once it has exited.
 *
 * | the process | the program |
 * | --- | --- |
 * | is a supervisor that gives up | exits with code 1 |
 * | fails, or is killed | exits with code 1 |
 * | is a supervisor whose significant children are done (`autoShutdown`) | exits with code 0 |
 * | is asked to end: `stop()`, `exit("shutdown")` | continues; the program itself requested it |
 *
 * Before the program exits it prints one line with the reason. Other processes do not run `terminate`: an exit with
 * code 1 means that restarts inside the program could not repair the failure.
 *
 * @category Supervision
 * @example Usage
 * ```ts ignore
 * import { exitWhenEnded, Supervisor } from "@urvogel/realtime";
 *
 * const tree = await Supervisor.start([], { label: "app" });
 * exitWhenEnded(tree);
 * ```
 *
 * @param process The process that the program depends on.
 * @returns Dispose of it to stop watching the process.
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
