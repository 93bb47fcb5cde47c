import { assertStrictEquals, assertThrows } from "@std/assert";
import { contract } from "@urvogel/realtime/contract";
import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";

Deno.test("contract() returns its argument when schemas of several libraries are mixed", () => {
  const declared = {
    join: { params: z.object({ nick: z.string() }), reply: v.object({ head: v.string() }) },
    in: { say: { payload: type({ text: "string" }), reply: z.object({ id: z.number() }) } },
    out: { said: { payload: v.object({ text: v.string() }) } },
  };
  assertStrictEquals(contract(declared), declared);
  assertStrictEquals(contract({}) instanceof Object, true);
});

const schema = z.string();

Deno.test.each<[what: string, declared: unknown, message: string]>([
  ["a schema in place of an event", { in: { say: schema } }, 'in["say"] must be an object of declarations'],
  ["an event without a payload", { in: { say: { reply: schema } } }, 'in["say"] has no "payload"'],
  [
    "something else than a schema",
    { out: { said: { payload: { text: "" } } } },
    'out["said"].payload must be a schema',
  ],
  ["a field that it does not know", { in: { say: { payload: schema, answer: schema } } }, 'received "answer"'],
  ["an event of the protocol", { in: { phx_leave: { payload: schema } } }, 'in["phx_leave"] is a reserved name'],
  ["the event *", { in: { "*": { payload: schema } } }, 'in["*"] is a reserved name'],
  ["events that are a list", { in: 1 }, "in must be an object of declarations, received 1"],
  ["join parameters that are no schema", { join: { params: {} } }, "join.params must be a schema, received {}"],
])("contract() refuses %s", (_what, declared, message) => {
  assertThrows(() => contract(declared as never), TypeError, message);
});
