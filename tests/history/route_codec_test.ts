import { assertEquals, assertThrows } from "@std/assert";
import { readRetention } from "../../lib/history/retention.ts";
import { decodeRoutes, encodeRoutes } from "../../lib/history/route_codec.ts";

Deno.test("decodeRoutes() reads what encodeRoutes() wrote", () => {
  const keep = readRetention({ maxMessages: 7 });
  const rooms = { pattern: "room:*", keep, exclude: ["typing"] };
  assertEquals(decodeRoutes(encodeRoutes([{ pattern: "a" }, rooms])), [{ pattern: "a", exclude: [] }, rooms]);
  const forEver = [{ pattern: "a", keep: { ...keep, maxAgeMs: Infinity, maxBytes: Infinity } }];
  assertEquals(decodeRoutes(encodeRoutes(forEver))[0]?.keep?.maxAgeMs, Number.MAX_SAFE_INTEGER);
});

const WRONG = [
  ...["", "{}", "null", "[null]", "[1]", "[{}]", '[{"pattern":1}]', '[{"pattern":"a","exclude":"b"}]'],
  ...['[{"pattern":"a","exclude":[1]}]', '[{"pattern":"a","keep":1}]', '[{"pattern":"a","keep":null}]'],
  '[{"pattern":"a*b"}]',
  '[{"pattern":"a","keep":{"maxMessages":[[[[[[]]]]]]}}]',
];
Deno.test.each(WRONG)("decodeRoutes() refuses %s", (text) => {
  assertThrows(() => decodeRoutes(text), Error);
});

Deno.test("decodeRoutes() refuses a retention that makes no sense, and ignores what it does not know", () => {
  assertThrows(() => decodeRoutes('[{"pattern":"a","keep":{"maxMessages":0}}]'), RangeError, '"maxMessages"');
  assertThrows(() => decodeRoutes('[{"pattern":"a","keep":{"maxBytes":"x"}}]'), RangeError, '"maxBytes"');
  assertEquals(decodeRoutes('[{"pattern":"a","later":true}]'), [{ pattern: "a", exclude: [] }]);
});
