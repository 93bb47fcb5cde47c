import { assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { matchesPattern, type Pattern } from "@urvogel/realtime/testing";

const cases: readonly [value: unknown, pattern: Pattern, fits: boolean][] = [
  [1, 1, true],
  [1, "1", false],
  [NaN, NaN, true],
  [null, null, true],
  [undefined, null, false],
  [{ a: 1, b: 2 }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: undefined }, false],
  [{ a: undefined }, { a: undefined }, true],
  [{ a: { b: [1, { c: 2, d: 3 }] } }, { a: { b: [1, { c: 2 }] } }, true],
  [[1, 2], [1], false],
  [[1], [1, 2], false],
  [{ 0: 1 }, [1], false],
  [[1], { 0: 1 }, false],
  ["text", { length: 4 }, false],
  [{}, { toString: () => true }, false],
  [7, (value) => Number(value) > 6, true],
  [{ sentAt: 7 }, { sentAt: (sentAt) => Number(sentAt) > 8 }, false],
  [new Uint8Array([1, 2]), new Uint8Array([1, 2]), true],
  [new Uint8Array([1, 2]), new Uint8Array([1]), false],
  [[1, 2], new Uint8Array([1, 2]), false],
];
for (const [value, pattern, fits] of cases) {
  const name = `${Deno.inspect(value)} ${Deno.inspect(pattern)}`.replaceAll(/\s+/g, " ");
  Deno.test(`matchesPattern() answers ${fits} for ${name}`, () => {
    assertStrictEquals(matchesPattern(value, pattern), fits);
  });
}

Deno.test("matchesPattern() finds that every JSON value fits itself", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => matchesPattern(value, value as Pattern)));
});
