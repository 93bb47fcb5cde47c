/**
 * Crash reports: a process that fails says so, to telemetry if anybody listens and else to the console.
 *
 * @module
 */

import { entry } from "../base/printable.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import type { ServerStatus } from "./behaviour.ts";
import type { Pid } from "./pid.ts";

/** What is known of a process that failed. */
export interface CrashReport {
  /** The process. */
  readonly pid: Pid<never>;
  /** What it was doing: `handleCall "add"`, `terminate`. */
  readonly during: string;
  /** What was thrown. */
  readonly error: Error;
  /** Who started it, its parent first. */
  readonly ancestors: readonly Pid<never>[];
  /** On whose behalf a task ran, the nearest first. */
  readonly callers?: readonly Pid<never>[];
  /** What a server was at, after its `formatStatus`; only looked at when asked for. */
  status?(): ServerStatus;
}

const crashes = telemetryEvent<CrashReport>("urvogel:process:crashed");

/** Reports that a callback of a process threw. */
export function reportCrash(report: CrashReport): void {
  if (crashes.hasListeners) return crashes.emit(report);
  const { pid, during, error, ancestors, callers = [] } = report;
  const origin = describe(", started by ", ancestors) + describe(", on behalf of ", callers);
  const where = `process ${pid.id} (${pid.label})${origin && `${origin},`} failed in ${during}`;
  console.error(`[urvogel] ${where}:`, entry(Deno.inspect(error)));
}

function describe(relation: string, pids: readonly Pid<never>[]): string {
  return pids.length === 0 ? "" : relation + pids.map(({ id, label }) => `${id} (${label})`).join(" < ");
}
