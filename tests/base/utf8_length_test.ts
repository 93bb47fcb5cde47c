import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { utf8Length } from "../../lib/base/utf8_length.ts";

const cases: [text: string, bytes: number][] = [
  ["", 0],
  ["a\u007f", 2],
  ["\u0080\u07ff", 4],
  ["\u0800\uffff", 6],
  ["😀", 4],
  ["\ud83d", 3],
  ["\ude00", 3],
  ["\ud83dé", 5],
  ["\ud83d\ud83d\ude00", 7],
];
Deno.test.each(cases)("utf8Length() of %j is %i", (text, bytes) => assertStrictEquals(utf8Length(text), bytes));

Deno.test("utf8Length() counts as TextEncoder does, also texts that are not well-formed", () => {
  const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
  const surrogate = fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code));
  fc.assert(fc.property(fc.string({ unit: fc.oneof(unit, surrogate) }), (text) => {
    assertEquals(utf8Length(text), new TextEncoder().encode(text).length);
  }));
});
