/**
 * The log that receives the reports about a process.
 *
 * @module
 */

import { consoleLog, type Log } from "../../base/log.ts";
import type { LogFields } from "../../base/log_record.ts";
import type { Pid } from "./pid.ts";

/** The log that receives the reports about a process, and the fields that are added to them. */
export interface Reporting {
  /** Receives the reports. */
  readonly log: Log;
  /** Fields that identify the process, added to each report. */
  readonly fields: LogFields;
  /** The kind of process; crashes of one kind are counted together. Never contains text from a client. */
  readonly kind: string;
}

/** A process whose reports do not go to the console. */
export interface Reported {
  /** The log and fields for its reports; `undefined` for those of its nearest ancestor. */
  readonly reporting: Reporting | undefined;
}

const TO_CONSOLE: Reporting = { log: consoleLog, fields: {}, kind: "process" };

/**
 * Returns where reports about `pid` go: to the log that its class specifies, otherwise to that of the nearest ancestor
 * that has one, such as its channel or endpoint, otherwise to the console.
 */
export function reportingOf(pid: Pid<never>): Reporting {
  const own = ownReporting(pid);
  if (own) return own;
  for (let parent = parentOf(pid); parent; parent = parentOf(parent)) {
    const inherited = ownReporting(parent);
    if (inherited) return { ...inherited, kind: `process under ${inherited.kind}` };
  }
  return TO_CONSOLE;
}

function ownReporting(pid: Pid<never>): Reporting | undefined {
  try {
    return (pid as Partial<Reported>).reporting;
  } catch { // a class of the user's, named by a getter that throws
    return undefined;
  }
}

/** The parent of a process, which is not imported here: it reports crashes itself. */
function parentOf(pid: Pid<never>): Pid<never> | undefined {
  return (pid as { readonly parent?: Pid<never> | undefined }).parent;
}
