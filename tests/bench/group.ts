/**
 * What the bench can measure.
 *
 * @module
 */

import type { Request } from "./contest.ts";
import type { Table } from "./table.ts";

/** Measurements that belong together. */
export interface Group {
  /** The word that runs it alone: `deno task bench -- echo`. */
  readonly name: string;
  /** Measures. */
  run(request: Request): Promise<Table>;
}
