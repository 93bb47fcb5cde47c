/**
 * The log of an endpoint.
 *
 * @module
 */

import type { Log } from "../../base/log.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { reportingOf } from "../../otp/process/reporting.ts";

/** Returns the log that receives the reports about an endpoint's processes: that with its `logger` and `logLevel`. */
export function logOf({ supervisor }: Endpoint): Log {
  return reportingOf(supervisor).log;
}
