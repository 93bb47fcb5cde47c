/**
 * What the server and its clients send to each other. Both have their types from here, and the
 * server refuses what does not fit.
 *
 * @module
 */

import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

/** `room:*`: clients push `say`, and receive `said`. */
export const room = contract({
  in: {
    say: { payload: z.object({ text: z.string().trim().min(1).max(500) }) },
  },
  out: {
    said: { payload: z.object({ from: z.string(), text: z.string() }) },
  },
});
