/**
 * Information about a process.
 *
 * @module
 */

import { registered, whereis } from "./names.ts";
import type { Pid } from "./pid.ts";
import { processOf } from "./process.ts";

/**
 * A snapshot of a process: its names, mailbox, links and more. OTP's `Process.info/1`.
 *
 * @category Processes
 */
export interface ProcessInfo {
  /** A description of the process, for logs and errors. */
  readonly label: string;
  /** The names under which `register` registered it. */
  readonly registeredNames: readonly string[];
  /** Number of messages in its mailbox. */
  readonly messageQueueLength: number;
  /** The largest number of messages that were ever in its mailbox at once. */
  readonly highWaterMark: number;
  /** Whether it traps exits. */
  readonly trapExit: boolean;
  /** The processes it is linked to. */
  readonly links: readonly Pid<never>[];
  /** The processes it monitors. */
  readonly monitors: readonly Pid<never>[];
  /** The process that started it, the parent of that, and so on. */
  readonly ancestors: readonly Pid<never>[];
}

/**
 * Returns a snapshot of a process: its names, mailbox, links and more.
 *
 * @category Processes
 * @example Usage
 * ```ts
 * import { processInfo, spawn } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * const pid = spawn<string>(async (mailbox) => {
 *   for await (const _ of mailbox);
 * }, { label: "idler", name: "info-example" });
 * assertEquals(processInfo(pid)?.registeredNames, ["info-example"]);
 * pid.exit("shutdown");
 * assertEquals(processInfo(pid), undefined);
 * ```
 *
 * @param pid The process.
 * @returns The snapshot, or `undefined` if the process has ended.
 */
export function processInfo(pid: Pid<never>): ProcessInfo | undefined {
  const process = processOf(pid);
  if (!process.alive) return undefined;
  const { label, mailbox, trapExit, links, monitors, ancestors } = process;
  return {
    label,
    registeredNames: registered().filter((name) => whereis(name) === pid),
    messageQueueLength: mailbox.length,
    highWaterMark: mailbox.highWaterMark,
    trapExit,
    links,
    monitors,
    ancestors,
  };
}
