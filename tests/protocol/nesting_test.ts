import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LIMITS } from "@urvogel/realtime";
import { DEFAULT_MAX_NESTING, isNestedTooDeep, isTooDeep } from "../../lib/protocol/nesting.ts";

/** The depth of a value, found the simple way. */
function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const texts = fc.tuple(
  fc.jsonValue({ maxDepth: 12, depthSize: "max" }),
  fc.constantFrom(undefined, 1, "\t\n"),
  fc.nat(12),
);

Deno.test("the limit of nesting is 100 by default, as that of sockets", () => {
  assertEquals([DEFAULT_MAX_NESTING, LIMITS.standard.socket.maxNesting], [100, 100]);
});

Deno.test("isTooDeep() finds the depth of a JSON text, whatever is in its strings", () => {
  fc.assert(
    fc.property(texts, fc.array(fc.constantFrom("[", "{", '"', "\\", "]")), ([value, indent, max], noise) => {
      const whole = [noise.join(""), value, { [noise.join("")]: noise }];
      assertEquals(isTooDeep(JSON.stringify(whole, null, indent), max), depthOf(whole) > max);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("isTooDeep() is right at the limit", () => {
  for (const max of [1, 2, 100, 5000]) {
    for (const [open, inner, close] of [["[", "", "]"], ['{"0":', "0", "}"], ['["[{\\"",', "1", ',"]"]']] as const) {
      const text = (levels: number) => open.repeat(levels) + inner + close.repeat(levels);
      assertEquals(isTooDeep(text(max), max), false);
      assertEquals(isTooDeep(text(max + 1), max), true);
    }
  }
  assertEquals(isTooDeep("[".repeat(10_000), Infinity), false);
});

Deno.test("isTooDeep() is right wherever the text is divided for reading", () => {
  const strange = ['"\\\\"', '"\\""', '"[[[é{{"', '"漢\\"]"', '"😀\\\\\\"{"', "[1]", '{"a":{}}'];
  for (const core of strange) {
    for (let pad = 8150; pad < 8200; pad++) {
      const whole = `["${"x".repeat(pad)}",${core},${"[".repeat(200)}${"]".repeat(200)}]`;
      for (const max of [199, 200, 201, 202]) assertEquals(isTooDeep(whole, max), depthOf(JSON.parse(whole)) > max);
    }
  }
});

Deno.test("isTooDeep() reads no further than a text is JSON", () => {
  const text = '["' + "[".repeat(1_000); // a string that does not end
  assertEquals(isTooDeep(text, 100), false);
  assertEquals(isTooDeep("[]]]]" + "[".repeat(1_000), 100), true);
});

Deno.test("isNestedTooDeep() finds the depth of a value", () => {
  fc.assert(fc.property(texts, ([value, , max]) => {
    assertEquals(isNestedTooDeep(value, max), depthOf(value) > max);
  }));
});

Deno.test("isNestedTooDeep() comes to an end in a cycle", () => {
  const circle: Record<string, unknown> = {};
  circle.self = circle;
  assert(isNestedTooDeep(circle, 1_000));
});
