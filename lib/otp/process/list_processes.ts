/**
 * The list of live processes.
 *
 * @module
 */

import type { Pid } from "./pid.ts";
import { Process } from "./process.ts";

/**
 * Returns the live processes of this thread.
 *
 * @category Processes
 * @example Nothing is left behind
 * ```ts
 * import { listProcesses, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const before = listProcesses().length;
 * const pid = spawn(async (mailbox) => {
 *   for await (const _ of mailbox);
 * });
 * assertEquals(listProcesses().length, before + 1);
 * pid.exit("shutdown");
 * assertEquals(listProcesses().length, before);
 * ```
 *
 * @returns The live processes, oldest first.
 */
export function listProcesses(): Pid<never>[] {
  return Process.list();
}
