/**
 * Groups in which Urvogel and the floor do the same work.
 *
 * @module
 */

import { contest, type Results, type Rounds } from "../contest.ts";
import type { Group } from "../group.ts";
import type { LoadPlan } from "../load/load.ts";
import { median, medianRatio } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** The columns of every comparison with the floor. */
export const CONTEST_COLUMNS: readonly string[] = ["", "floor", "Urvogel", "ratio", "target"];

/** A row of the group's table. */
export interface Contest {
  /** What is done. */
  readonly what: string;
  /** How it is made. */
  readonly plan: LoadPlan;
  /** The ratio that we want to reach, for people. */
  readonly target: string;
}

/** Makes a group out of contests. */
export function contestGroup(name: string, title: string, contests: readonly Contest[]): Group {
  return {
    name,
    async run(rounds: Rounds) {
      const rows: string[][] = [];
      for (const { what, plan, target } of contests) {
        rows.push([what, ...contestCells(await contest(plan, rounds)), target]);
      }
      return { title, columns: CONTEST_COLUMNS, rows };
    },
  };
}

/** Both medians, and the ratio of the rounds. */
export function contestCells(results: Results | undefined): string[] {
  if (!results) return ["skipped", "skipped", "no /proc"];
  const { floor, urvogel } = results;
  return [formatNumber(median(floor)), formatNumber(median(urvogel)), medianRatio(urvogel, floor).toFixed(2)];
}
