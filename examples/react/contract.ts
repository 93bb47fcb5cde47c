/**
 * What a shopping list and its pages send to each other.
 *
 * @module
 */

import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

const items = z.array(z.object({ id: z.int(), text: z.string(), isDone: z.boolean() }));

/** `list`: join it to get the items; each change is pushed, and all get the items after it. */
export const list = contract({
  join: { reply: z.object({ items }) },
  in: {
    add: { payload: z.object({ text: z.string().trim().min(1).max(80) }) },
    check: { payload: z.object({ id: z.int(), isDone: z.boolean() }) },
  },
  out: { items: { payload: z.object({ items }) } },
});
