/**
 * How often a limit was reached.
 *
 * @module
 */

import type { LimitName } from "./limit_name.ts";

/** How often clients have reached one limit. */
export interface LimitCount {
  /** The name of the limit. */
  readonly limit: LimitName;
  /** How often, since the program started. */
  readonly count: number;
  /** When it happened last. */
  readonly latest: Date;
}
