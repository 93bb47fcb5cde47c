/**
 * Contracts at compile time: `deno check` is the test. Each way to be wrong has its `@ts-expect-error`.
 *
 * @module
 */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import {
  contract,
  type EventName,
  type InputOf,
  type JsonOrBytes,
  type OutputOf,
  type ReceivedJoinReply,
  type ReceivedParams,
  type ReceivedPayload,
  type ReceivedReply,
  type Schema,
  type SentJoinReply,
  type SentParams,
  type SentPayload,
  type SentReply,
  validate,
} from "@urvogel/realtime/contract";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";

/** `true` if both types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;
const same = <A, B>(_same: Same<A, B>): void => {};

// Schema is the used part of Standard Schema, in both directions.
declare const standard: StandardSchemaV1<string, number>;
declare const ours: Schema<string, number>;
/** Schemas of the specification are ours, and the other way round. */
export const schemas: [Schema<string, number>, StandardSchemaV1<string, number>] = [standard, ours];

const room = contract({
  join: {
    params: z.object({ nick: z.string(), at: z.coerce.date().default(new Date(0)) }),
    reply: v.object({ head: v.string() }),
  },
  in: {
    say: { payload: z.object({ text: z.string() }), reply: z.object({ id: z.number().transform(String) }) },
    move: { payload: type({ x: "number" }) },
  },
  out: {
    said: { payload: v.object({ text: v.string() }) },
    confirm: { payload: z.object({ question: z.string() }), reply: z.object({ yes: z.stringbool() }) },
  },
});
type Room = typeof room;

same<EventName<Room, "in">, "say" | "move">(true);
same<EventName<Room, "out">, "said" | "confirm">(true);
same<ReceivedPayload<Room, "in", "say">, { text: string }>(true);
same<ReceivedPayload<Room, "in", "move">, { x: number }>(true);
same<SentPayload<Room, "out", "said">, { text: string }>(true);
same<SentReply<Room, "in", "say">, { id: number }>(true);
same<ReceivedReply<Room, "in", "say">, { id: string }>(true);
same<SentReply<Room, "out", "confirm">, { yes: string }>(true);
same<ReceivedReply<Room, "out", "confirm">, { yes: boolean }>(true);
same<ReceivedParams<Room>, { nick: string; at: Date }>(true);
same<SentJoinReply<Room>, { head: string }>(true);
same<ReceivedJoinReply<Room>, { head: string }>(true);
same<InputOf<typeof room.in.say.reply>, { id: number }>(true);
same<OutputOf<typeof room.in.say.reply>, { id: string }>(true);
// What may be left out of the input is there in the output.
const params: SentParams<Room> = { nick: "ann" };
void params;

// Where nothing is declared, no reply is promised, and nothing is known of what comes.
same<SentReply<Room, "in", "move">, undefined>(true);
same<ReceivedReply<Room, "in", "move">, unknown>(true);
const empty = contract({});
same<EventName<typeof empty, "in">, never>(true);
same<ReceivedParams<typeof empty>, JsonOrBytes>(true);
same<SentJoinReply<typeof empty>, undefined>(true);

// @ts-expect-error: no such event
type NoEvent = SentPayload<Room, "in", "said">;
// @ts-expect-error: a schema is no event
contract({ in: { say: z.string() } });
// @ts-expect-error: an event has a payload
contract({ out: { said: { reply: z.string() } } });
// @ts-expect-error: a number is no schema
contract({ join: { params: 1 } });

const validated = await validate(room.in.say.reply, { id: 1 });
if (validated.kind === "valid") same<typeof validated.value, { id: string }>(true);
// @ts-expect-error: there is no value before it is known to be valid
validated.value;
export type { NoEvent };
