/**
 * What a form sends. The messages are what people read at the fields.
 *
 * @module
 */

import { contract } from "@urvogel/realtime/contract";
import * as z from "zod";

/** Fields of a form are texts: the schema makes numbers of them. */
const booking = z.object({
  name: z.string().trim().min(1, "Please enter your name").max(80, "A name has at most 80 characters"),
  email: z.email("Please enter an email address, such as ann@example.com"),
  guests: z.coerce.number("Please enter a number").int("Please enter a whole number")
    .min(1, "At least one guest has to come").max(8, "For more than 8 guests, please call us"),
  from: z.iso.time("Please choose a time"),
  to: z.iso.time("Please choose a time"),
}).refine(({ from, to }) => from < to, { path: ["to"], message: "You have to leave after you come" });

/** `bookings`: push `book` to take seats; `free` is how many are left. */
export const bookings = contract({
  join: { reply: z.object({ free: z.int() }) },
  in: { book: { payload: booking, reply: z.object({ name: z.string(), guests: z.int() }) } },
  out: { free: { payload: z.object({ free: z.int() }) } },
});
