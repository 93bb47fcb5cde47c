/**
 * Processes as views name them: by their number, since a process itself cannot leave the program.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { processWithId } from "../../endpoint/debug.ts";
import type { Pid } from "../../otp/process/pid.ts";
import { ViewError } from "./_view_error.ts";
import type { ViewQuery } from "./_view_query.ts";

/** A process. */
export interface ShownProcess {
  /** Its number. */
  readonly id: number;
  /** Its label. */
  readonly label: string;
}

/** Returns the name of a process. */
export function named({ id, label }: Pid<never>): ShownProcess {
  return { id, label: oneLine(label) };
}

/**
 * Returns the process that the parameter `process` names.
 *
 * @throws {ViewError} If there is none, or no more.
 */
export function pidOf(query: ViewQuery): Pid<never> {
  query.required("process");
  const id = query.integer("process", 0);
  const pid = processWithId(id);
  if (pid) return pid;
  throw new ViewError(404, `Cannot find process ${id}: it has ended, or is on another node or thread`);
}
