/**
 * Crash reports: a failed process is reported to telemetry, or to the log if telemetry has no handler for it.
 *
 * @module
 */

import type { Described, Report } from "../../base/log.ts";
import { oneLine } from "../../base/printable.ts";
import type { Pid } from "./pid.ts";
import { recentCrashes } from "./recent_crashes.ts";
import { type Reporting, reportingOf } from "./reporting.ts";
import { type CrashReport, processCrashed } from "./telemetry.ts";

/** Reports that a callback of a process threw, and keeps it among the recent crashes. */
export function reportCrash(report: CrashReport): void {
  const reporting = reportingOf(report.pid);
  recentCrashes.add(report, reporting.fields);
  if (processCrashed.hasListeners) return processCrashed.emit(report);
  reporting.log.write("error", report, crashOf(reporting));
}

function crashOf({ kind, fields }: Reporting): Report<CrashReport> {
  return { kind: `crash of ${kind}`, describe: (report) => describe(report, fields) };
}

function describe(
  { pid, during, error, ancestors, callers = [] }: CrashReport,
  fields: Reporting["fields"],
): Described {
  const origin = describeAll(", started by ", ancestors) + describeAll(", on behalf of ", callers);
  const message = `process ${nameOf(pid)}${origin && `${origin},`} failed in ${oneLine(during)}`;
  return { message, fields: { ...fields, error } };
}

function describeAll(relation: string, pids: readonly Pid<never>[]): string {
  return pids.length === 0 ? "" : relation + pids.map(nameOf).join(" < ");
}

/** Describes a process for a log line. Its label may contain text that a client sent, such as a topic. */
function nameOf({ id, label }: Pid<never>): string {
  return `${id} (${oneLine(label)})`;
}
