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
  /** The log and fields for its reports. */
  readonly reporting: Reporting;
}

const TO_CONSOLE: Reporting = { log: consoleLog, fields: {}, kind: "process" };

/** Returns where reports about `pid` go: to the console, unless its class specifies another log. */
export function reportingOf(pid: Pid<never>): Reporting {
  try {
    return (pid as Partial<Reported>).reporting ?? TO_CONSOLE;
  } catch { // a class of the user's, named by a getter that throws
    return TO_CONSOLE;
  }
}
