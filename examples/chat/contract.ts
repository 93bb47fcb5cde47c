/**
 * What a room and the people in it say to each other. The server, the page and the tests have their types from here.
 *
 * @module
 */

import { contract, type ReceivedPayload } from "@urvogel/realtime/contract";
import * as z from "zod";

const MAX_TEXT = 2000;
const LENGTH = `a message has 1 to ${MAX_TEXT} characters`;

const person = z.object({
  /** The same for all tabs of a browser, and after a change of the name. */
  id: z.string(),
  name: z.string(),
});

const message = z.object({
  /** When it was said, in milliseconds since 1970. */
  at: z.number(),
  from: person,
  text: z.string(),
  /** What the sender calls it: so a page knows its own message, also when the answer to it got lost. */
  tag: z.string(),
});

/** `room:*`: join it to get each `message` and who is there, push `say` to speak. */
export const room = contract({
  join: {
    /** Who has joined, as the others see it. */
    reply: z.object({ you: person }),
  },
  in: {
    say: {
      payload: z.object({
        text: z.string(LENGTH).trim().min(1, LENGTH).max(MAX_TEXT, LENGTH),
        tag: z.string().max(64).default(""),
      }),
    },
  },
  out: {
    message: { payload: message },
  },
});

/** Somebody in a room. Two people may have one name, but never one id. */
export type Person = Message["from"];

/** What somebody said. */
export type Message = ReceivedPayload<typeof room, "out", "message">;
