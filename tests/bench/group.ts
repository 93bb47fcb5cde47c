/**
 * What the bench can measure.
 *
 * @module
 */

import type { Rounds } from "./contest.ts";
import type { Table } from "./table.ts";

/** Measurements that belong together. */
export interface Group {
  /** The word that runs it alone: `deno task bench -- echo`. */
  readonly name: string;
  /** Measures. */
  run(rounds: Rounds): Promise<Table>;
}
