/**
 * What a poll and its voters send to each other.
 *
 * @module
 */

import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

/** What can be voted for. */
export const OPTIONS = ["Pizza", "Soup", "Salad"] as const;

const totals = z.record(z.enum(OPTIONS), z.int());

/** `poll:lunch`: join it to see the totals, push `vote` to vote, or to change the vote. */
export const poll = contract({
  join: { reply: z.object({ totals, mine: z.enum(OPTIONS).optional() }) },
  in: { vote: { payload: z.object({ option: z.enum(OPTIONS) }) } },
  out: { totals: { payload: totals } },
});
