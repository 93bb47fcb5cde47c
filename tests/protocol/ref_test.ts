import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { sameRef } from "../../lib/protocol/ref.ts";

const cases: [a: unknown, b: unknown, same: boolean][] = [
  ["1", "1", true],
  ["1", "2", false],
  [1, 1, true],
  [1, "1", false],
  [null, null, true],
  [null, "", false],
  [null, {}, false],
  [0, false, false],
  [true, true, true],
  [["a"], ["a"], true],
  [["a"], ["b"], false],
  [{ a: 1 }, { a: 1 }, true],
  [[], {}, false],
];
Deno.test.each(cases)("sameRef(%j, %j) is %s", (a, b, same) => {
  assertStrictEquals(sameRef(a, b), same);
  assertStrictEquals(sameRef(b, a), same);
});

Deno.test("sameRef() finds every JSON value equal to itself, read twice", () => {
  fc.assert(fc.property(fc.json(), (text) => assert(sameRef(JSON.parse(text), JSON.parse(text)))));
});

Deno.test("sameRef() tells JSON values with different texts apart", () => {
  fc.assert(fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
    assertEquals(sameRef(a, b), JSON.stringify(a) === JSON.stringify(b));
  }));
});
