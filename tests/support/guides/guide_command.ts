/**
 * What a guide says to type, as the program behind it.
 *
 * @module
 */

import { type Command, taskOf } from "../program.ts";

/**
 * Returns the program that a command in the folder of a step starts, on a free port.
 *
 * @throws {Error} If the command is a task that the folder's `deno.json` does not have.
 */
export async function programOf(command: string, folder: string): Promise<Command> {
  const task = /^deno task (\S+)$/.exec(command)?.[1];
  const line = task ? (await taskOf(folder, task)).line : command;
  return {
    line: line.replace(/^deno serve /, "deno serve --port=0 --host=127.0.0.1 ").replace(/ --watch\b/, ""),
    cwd: folder,
  };
}
