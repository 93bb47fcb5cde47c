/**
 * Crash reports: a process that fails says so, to telemetry if anybody listens and else to the console.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { Pid } from "./pid.ts";

/** What is known of a process that failed. */
export interface CrashReport {
  /** The process. */
  readonly pid: Pid<never>;
  /** What it was doing: `handleCall "add"`, `terminate`. */
  readonly during: string;
  /** What was thrown. */
  readonly error: Error;
}

const crashes = telemetryEvent<CrashReport>("urvogel:process:crash");

/** Reports that a callback of a process threw. */
export function reportCrash(report: CrashReport): void {
  if (crashes.hasListeners) return crashes.emit(report);
  const { pid, during, error } = report;
  console.error(`[urvogel] process ${pid.id} (${pid.label}) failed in ${during}:`, error);
}
