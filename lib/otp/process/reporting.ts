/**
 * Where the reports about a process go.
 *
 * @module
 */

import { consoleLog, type Log } from "../../base/log.ts";
import type { LogFields } from "../../base/log_record.ts";
import type { Pid } from "./pid.ts";

/** Where the reports about a process go, and what they say besides. */
export interface Reporting {
  /** Receives the reports. */
  readonly log: Log;
  /** Whom they are about. */
  readonly fields: LogFields;
  /** What kind of process it is; crashes of one kind are counted together. Never of a client's making. */
  readonly kind: string;
}

/** A process whose reports go elsewhere than to the console. */
export interface Reported {
  /** Where they go. */
  readonly reporting: Reporting;
}

const TO_CONSOLE: Reporting = { log: consoleLog, fields: {}, kind: "process" };

/** Where the reports about `pid` go: to the console, unless its class says otherwise. */
export function reportingOf(pid: Pid<never>): Reporting {
  try {
    return (pid as Partial<Reported>).reporting ?? TO_CONSOLE;
  } catch { // a class of the user's, named by a getter that throws
    return TO_CONSOLE;
  }
}
