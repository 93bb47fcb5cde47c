/**
 * Processes as views name them: by their number, since a process itself cannot leave the program.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { processWithId } from "../../endpoint/debug.ts";
import type { Pid } from "../../otp/process/pid.ts";
import type { AwaitedReply } from "../../otp/server/open_calls.ts";
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

/** A server whose reply a process waits for. */
export interface Awaits {
  /** The label of the server. */
  readonly server: string;
  /** The name of the call. */
  readonly call: string;
  /** Its process, if it is on this node. */
  readonly process: ShownProcess | undefined;
  /** Its node, if it is on another one. */
  readonly node: string | undefined;
}

/** Returns how views name the reply that a process waits for, if it waits for one. */
export function awaitsOf(reply: AwaitedReply | undefined): Awaits | undefined {
  if (!reply) return undefined;
  const { server, call, pid, node } = reply;
  return { server: oneLine(server), call: oneLine(call), process: pid && named(pid), node };
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
