/**
 * Groups in which several servers do the same work.
 *
 * @module
 */

import { contest, type Request, type Results } from "../contest.ts";
import { type ContestantName, CONTESTANTS } from "../contestants.ts";
import type { Group } from "../group.ts";
import type { LoadPlan } from "../load/load.ts";
import { median, medianRatio } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** The columns of a comparison with the first of `names`. */
export function contestColumns(names: readonly ContestantName[]): string[] {
  return ["", ...names.map((name) => CONTESTANTS[name].title)];
}

/** A row of the group's table. */
export interface Contest {
  /** What is done. */
  readonly what: string;
  /** How it is made. */
  readonly plan: LoadPlan;
}

/** What a group of contests is. */
export interface ContestGroup {
  /** The word that runs it. */
  readonly name: string;
  /** The table's title. */
  readonly title: string;
  /** The servers that compete. The others are compared with the first. */
  readonly contestants: readonly ContestantName[];
  /** Its rows. */
  readonly contests: readonly Contest[];
}

/** Makes a group out of contests. */
export function contestGroup({ name, title, contestants, contests }: ContestGroup): Group {
  return {
    name,
    async run(request: Request) {
      const names = contestants.filter((name) => request.contestants.includes(name));
      const rows: string[][] = [];
      for (const { what, plan } of contests) {
        rows.push([what, ...contestCells(names, await contest(names, plan, request))]);
      }
      return { title, columns: contestColumns(names), rows };
    },
  };
}

/** The median of each, and how it compares with the first: the median of the rounds' ratios. */
export function contestCells(names: readonly ContestantName[], results: Results | undefined): string[] {
  if (!results) return names.map(() => "no /proc");
  const [first, ...others] = names.map((name) => results.get(name)!);
  const ratioTo = (values: readonly number[]) => medianRatio(values, first!).toFixed(2);
  return [
    formatNumber(median(first!)),
    ...others.map((values) => `${formatNumber(median(values))} (${ratioTo(values)})`),
  ];
}
