/**
 * Groups in which several servers do the same work.
 *
 * @module
 */

import { contest, type Results, type Rounds } from "../contest.ts";
import { type ContestantName, CONTESTANTS } from "../contestants.ts";
import type { Group } from "../group.ts";
import type { LoadPlan } from "../load/load.ts";
import { median, medianRatio } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** The columns of a comparison with the first of `names`. */
export function contestColumns([first, ...others]: readonly ContestantName[]): string[] {
  const titleOf = (name: ContestantName) => CONTESTANTS[name].title;
  return ["", titleOf(first!), ...others.flatMap((name) => [titleOf(name), "ratio"]), "target"];
}

/** A row of the group's table. */
export interface Contest {
  /** What is done. */
  readonly what: string;
  /** How it is made. */
  readonly plan: LoadPlan;
  /** The ratio that we want to reach, for people. */
  readonly target: string;
}

/** What a group of contests is. */
export interface ContestGroup {
  /** The word that runs it. */
  readonly name: string;
  /** The table's title. */
  readonly title: string;
  /** Who competes. The others are compared with the first. */
  readonly contestants: readonly ContestantName[];
  /** Its rows. */
  readonly contests: readonly Contest[];
}

/** Makes a group out of contests. */
export function contestGroup({ name, title, contestants, contests }: ContestGroup): Group {
  return {
    name,
    async run(rounds: Rounds) {
      const rows: string[][] = [];
      for (const { what, plan, target } of contests) {
        rows.push([what, ...contestCells(contestants, await contest(contestants, plan, rounds)), target]);
      }
      return { title, columns: contestColumns(contestants), rows };
    },
  };
}

/** The medians, and the ratios of the rounds. */
export function contestCells([first, ...others]: readonly ContestantName[], results: Results | undefined): string[] {
  if (!results) return ["skipped", ...others.flatMap(() => ["skipped", "no /proc"])];
  const reference = results.get(first!)!;
  const cells = others.map((name) => results.get(name)!)
    .flatMap((values) => [formatNumber(median(values)), medianRatio(values, reference).toFixed(2)]);
  return [formatNumber(median(reference)), ...cells];
}
