/**
 * What a game and its players say to each other.
 *
 * @module
 */

import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

const state = z.object({
  seats: z.array(z.string()).readonly(),
  moves: z.array(z.number()).readonly(),
  kicked: z.array(z.string()).readonly(),
  /** The process that has the game. */
  pid: z.number(),
});

/** `game:*`: join it to get a seat, or to watch; push `move` to play, `kick` to remove the other player. */
export const game = contract({
  join: { reply: state },
  in: {
    move: {
      payload: z.object({
        cell: z.int().min(0).max(8),
        /** How many moves came before it. */
        turn: z.int().min(0).max(8),
      }),
    },
    kick: { payload: z.object({ name: z.string().max(20) }) },
  },
  out: { state: { payload: state }, kicked: { payload: z.object({ name: z.string() }) } },
});
