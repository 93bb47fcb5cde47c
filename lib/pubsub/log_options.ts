/**
 * The log of a PubSub, for programs in which no endpoint uses it, or not in its own log.
 *
 * @module
 */

import { Log } from "../base/log.ts";
import type { Logger, LogLevel } from "../base/log_record.ts";
import type { Reporting } from "../otp/process/reporting.ts";

/**
 * Options for the log of a PubSub. If one of them is set, the PubSub has a log of its own.
 *
 * @category PubSub
 */
export interface PubSubLogOptions {
  /**
   * Receives a record of what happens to the bus, of other nodes that come and go, and of crashes of the PubSub's
   * processes, such as its presences. `"text"` prints a line of text on the console, and `"json"` a line of JSON.
   *
   * @default {that of the first endpoint that uses the PubSub; "text" if there is none}
   */
  readonly logger?: Logger | "text" | "json" | undefined;
  /**
   * The lowest level that is logged; `false` logs nothing. `"info"` adds the first connection of the bus, and nodes
   * that start and stop.
   *
   * @default {that of the first endpoint that uses the PubSub; "warn" if there is none}
   */
  readonly logLevel?: LogLevel | false | undefined;
}

/**
 * Returns where a PubSub with a log of its own reports, and `undefined` for any other.
 *
 * @param nodeName The name of its node, which all records have; `undefined` if it runs alone.
 * @throws {TypeError} If an option is invalid.
 */
export function ownReporting(
  { logger, logLevel }: PubSubLogOptions,
  nodeName: string | undefined,
): Reporting | undefined {
  if (logger === undefined && logLevel === undefined) return undefined;
  const common = nodeName === undefined ? {} : { node: nodeName };
  return { log: new Log({ logger, logLevel }, () => common), fields: {}, kind: "PubSub" };
}
