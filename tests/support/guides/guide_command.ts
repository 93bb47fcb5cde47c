/**
 * What a guide says to type, as the program behind it.
 *
 * @module
 */

import type { GuideStep } from "./guide.ts";

/**
 * Returns the program that a command of a step starts, on a free port.
 *
 * Not through `deno task`: what has to be killed is the program, not the shell around it.
 *
 * @throws {Error} If the command is a task that the step's `deno.json` does not have.
 */
export function programOf(command: string, { files, heading }: GuideStep): string {
  const task = /^deno task (\S+)$/.exec(command)?.[1];
  const { tasks }: { tasks?: Record<string, string> } = JSON.parse(files.get("deno.json") ?? "{}");
  const program = task ? tasks?.[task] : command;
  if (!program) throw new Error(`Cannot run "${command}" of "${heading}": deno.json has no such task`);
  return program.replace(/^deno serve /, "deno serve --port=0 --host=127.0.0.1 ").replace(/ --watch\b/, "");
}
