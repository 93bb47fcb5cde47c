import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { jsonBytes } from "../../lib/protocol/json_bytes.ts";

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const values = fc.jsonValue({ stringUnit: "binary", noUnicodeString: false } as fc.JsonSharedConstraints);

Deno.test("jsonBytes() counts what JSON.stringify() writes", () => {
  fc.assert(fc.property(values, (value) => assertStrictEquals(jsonBytes(value), bytesOf(value))), { numRuns: 2_000 });
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      (text) => assertStrictEquals(jsonBytes({ [text]: text }), bytesOf({ [text]: text })),
    ),
  );
});

const odd = [
  [],
  {},
  [[]],
  "\ud800",
  "\udc00\ud800",
  "😀é漢\u0000\b\t\n\f\r\u007f\u2028",
  [undefined, () => {}, NaN, -0, 1e21],
  { a: undefined, b: () => {}, c: Symbol("s"), d: 1 },
];
for (const value of odd) {
  Deno.test(`jsonBytes() counts ${JSON.stringify(value)}`, () => assertStrictEquals(jsonBytes(value), bytesOf(value)));
}

Deno.test("jsonBytes() is exact up to the limit, and more than it where there is more", () => {
  fc.assert(fc.property(values, fc.nat(100), (value, maxBytes) => {
    const bytes = bytesOf(value);
    if (bytes <= maxBytes) assertStrictEquals(jsonBytes(value, maxBytes), bytes);
    else assert(jsonBytes(value, maxBytes) > maxBytes);
  }));
});

Deno.test("jsonBytes() looks at no more than the limit is worth", () => {
  let looks = 0;
  const item = {
    get look() {
      return ++looks;
    },
  };
  assert(jsonBytes(Array(1_000).fill(item), 1_000) > 1_000);
  assertEquals(looks, 0);
  assert(jsonBytes(Array(1_000).fill(item), 1_500) > 1_500);
  assert(looks < 100, `looked ${looks} times`);
});

Deno.test("jsonBytes() takes any depth", () => {
  const levels = 1_000_000;
  assertEquals(jsonBytes(JSON.parse("[".repeat(levels) + "]".repeat(levels))), 2 * levels);
  assertEquals(jsonBytes(JSON.parse('{"0":'.repeat(levels) + "0" + "}".repeat(levels))), 6 * levels + 1);
});

Deno.test("jsonBytes() counts bytes as what they are", () => {
  assertEquals(jsonBytes(new Uint8Array(5)), 5);
  assertEquals(jsonBytes({ a: new Uint8Array(5) }), '{"a":}'.length + 5);
});
