import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeCrossing, encodeCrossing } from "../../lib/cluster/crossing.ts";

const leaf = fc.oneof(fc.constant(null), fc.boolean(), fc.string(), fc.integer(), fc.uint8Array({ maxLength: 20 }));
const crossing = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie("value")),
  ),
})).value;

Deno.test("decodeCrossing() returns what encodeCrossing() was given", () => {
  fc.assert(fc.property(crossing, (value) => {
    const bytes = encodeCrossing(value, "value");
    const padded = new Uint8Array(bytes.length + 7); // within a larger buffer, as it arrives
    padded.set(bytes, 5);
    assertEquals(decodeCrossing(padded.subarray(5, 5 + bytes.length)), plain(value));
  }));
  assertEquals(decodeCrossing(encodeCrossing(undefined, "value")), undefined);
  assertEquals(decodeCrossing(encodeCrossing({ a: undefined, b: 1 }, "value")), { b: 1 });
  assertEquals(decodeCrossing(encodeCrossing(Object.freeze({ a: [Uint8Array.of(1)] }), "value")), {
    a: [Uint8Array.of(1)],
  });
});

/** Objects without a prototype, as fast-check makes them, come as ordinary ones. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plain(field)]));
}

class Point {
  x = 1;
}
const cycle: Record<string, unknown> = {};
cycle.self = cycle;

Deno.test.each<[string, unknown, string]>([
  ["a Map", new Map(), "it must be JSON or bytes, received Map"],
  ["a date in an array", { at: [1, new Date()] }, "at.1 must be JSON or bytes, received Date"],
  ["an instance of a class", { to: new Point() }, "to must be JSON or bytes, received Point"],
  ["a promise", Promise.resolve(1), "received Promise"],
  ["a function", { toJSON: () => 1 }, "toJSON must be JSON or bytes, received function"],
  ["a number that JSON does not have", [NaN], "0 must be JSON or bytes, received NaN"],
  ["a hole in an array", [1, undefined], "1 must be JSON or bytes, received undefined"],
  ["a bigint", 1n, "received bigint"],
  ["another array of numbers", Float64Array.of(1), "received Float64Array"],
  ["a cycle", cycle, "it is nested deeper than 100"],
])("encodeCrossing() refuses %s", (_, value, message) => {
  const error = assertThrows(() => encodeCrossing(value, 'call "move" to another node'), TypeError, message);
  assert(error.message.startsWith('Cannot send call "move" to another node: '));
});

const text = (json: string) => {
  const bytes = new TextEncoder().encode(json);
  const message = new Uint8Array(4 + bytes.length);
  new DataView(message.buffer).setUint32(0, bytes.length);
  message.set(bytes, 4);
  return message;
};

Deno.test.each<[string, unknown]>([
  ["nothing", undefined],
  ["a text", "text"],
  ["three bytes", new Uint8Array(3)],
  ["a length beyond the end", Uint8Array.of(0, 0, 0, 9, 1)],
  ["no JSON", text("{")],
  ["JSON without bytes", text("{}")],
  ["bytes in the prototype", text('{"value":{},"bytes":[[["__proto__","x"],0]]}')],
  ["bytes in place of something else", text('{"value":{"a":1},"bytes":[[["a"],0]]}')],
  ["bytes in place of the bytes", text('{"value":null,"bytes":[[7,0]]}')],
  ["fewer bytes than it says", text('{"value":null,"bytes":[[[],1]]}')],
  ["the same bytes again and again", text('{"value":[null,null],"bytes":[[[0],0],[[1],-5]]}')],
  ["a length that is no number", text('{"value":null,"bytes":[[[],"0"]]}')],
  ["deep nesting", text(`{"bytes":[],"value":${"[".repeat(200)}${"]".repeat(200)}}`)],
])("decodeCrossing() refuses %s", (_, message) => {
  assertThrows(() => decodeCrossing(message), TypeError, "Cannot read a value of another node: it is malformed");
});
