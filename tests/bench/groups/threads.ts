/**
 * Two threads beside one: what it costs that the members of a topic are on both.
 *
 * @module
 */

import { contest, type Request } from "../contest.ts";
import { type ContestantName, CONTESTANTS } from "../contestants.ts";
import type { Group } from "../group.ts";
import type { LoadPlan } from "../load/load.ts";
import { contestCells } from "./contest_group.ts";

/** One thread, and two. */
const PAIRS: readonly (readonly [one: ContestantName, two: ContestantName])[] = [
  ["urvogel", "urvogelThreads"],
  ["frames", "framesThreads"],
];

const IN_FLIGHT: readonly number[] = [1, 16];

/** Fan-out on two threads. */
export const threads: Group = {
  name: "threads",
  async run(request: Request) {
    const rows: string[][] = [];
    for (const pair of PAIRS.filter((names) => names.every((name) => request.contestants.includes(name)))) {
      for (const inFlight of IN_FLIGHT) {
        const plan: LoadPlan = { load: "broadcasts", clients: 1000, inFlight, senders: 1, watched: "some" };
        const cells = contestCells(pair, await contest(pair, plan, request));
        rows.push([`${CONTESTANTS[pair[0]].title}, ${inFlight} in flight`, ...cells]);
      }
    }
    const title = "Broadcast to 1,000 subscribers on two threads: deliveries per server-CPU-second";
    return { title, columns: ["", "one thread", "two threads"], rows };
  },
};
