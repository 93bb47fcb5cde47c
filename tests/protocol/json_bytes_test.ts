import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonBytes } from "../../lib/protocol/json_bytes.ts";

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value)).length;
const values = fc.jsonValue({ stringUnit: "binary", noUnicodeString: false } as fc.JsonSharedConstraints);

Deno.test("jsonBytes() counts what JSON.stringify() writes", () => {
  fc.assert(fc.property(values, (value) => assert.equal(jsonBytes(value), bytesOf(value))), { numRuns: 2_000 });
  fc.assert(
    fc.property(
      fc.string({ unit: "binary" }),
      (text) => assert.equal(jsonBytes({ [text]: text }), bytesOf({ [text]: text })),
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
  Deno.test(`jsonBytes() counts ${JSON.stringify(value)}`, () => assert.equal(jsonBytes(value), bytesOf(value)));
}

Deno.test("jsonBytes() is exact up to the limit, and more than it where there is more", () => {
  fc.assert(fc.property(values, fc.nat(100), (value, maxBytes) => {
    const bytes = bytesOf(value);
    if (bytes <= maxBytes) assert.equal(jsonBytes(value, maxBytes), bytes);
    else assert.ok(jsonBytes(value, maxBytes) > maxBytes);
  }));
});

Deno.test("jsonBytes() looks at no more than the limit is worth", () => {
  let looks = 0;
  const item = {
    get look() {
      return ++looks;
    },
  };
  assert.ok(jsonBytes(Array(1_000).fill(item), 1_000) > 1_000);
  assert.equal(looks, 0);
  assert.ok(jsonBytes(Array(1_000).fill(item), 1_500) > 1_500);
  assert.ok(looks < 100, `looked ${looks} times`);
});

Deno.test("jsonBytes() takes any depth", () => {
  const levels = 1_000_000;
  assert.equal(jsonBytes(JSON.parse("[".repeat(levels) + "]".repeat(levels))), 2 * levels);
  assert.equal(jsonBytes(JSON.parse('{"0":'.repeat(levels) + "0" + "}".repeat(levels))), 6 * levels + 1);
});

Deno.test("jsonBytes() counts bytes as what they are", () => {
  assert.equal(jsonBytes(new Uint8Array(5)), 5);
  assert.equal(jsonBytes({ a: new Uint8Array(5) }), '{"a":}'.length + 5);
});
