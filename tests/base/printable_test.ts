import { assert, assertEquals, assertMatch, assertNotMatch, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { entry, inspected, oneLine, quoted, read, textOf } from "../../lib/base/printable.ts";
import { HOSTILE, hostileMaker } from "../support/hostile_values.ts";

Deno.test("oneLine() leaves what can be printed as it is", () => {
  for (const text of ["", "user:ann", "naïve 漢字 😀", 'a "quoted" \\ text']) assertStrictEquals(oneLine(text), text);
});

Deno.test.each(
  [
    ["a\nb", "a\\u000ab"],
    ["a\r\tb", "a\\u000d\\u0009b"],
    ["\u001b[2Jcleared", "\\u001b[2Jcleared"],
    ["\u009b2Jcleared", "\\u009b2Jcleared"],
    ["\u202etxt.exe", "\\u202etxt.exe"],
    ["a\u2028b", "a\\u2028b"],
  ] as const,
)("oneLine() escapes %o", (text, printed) => {
  assertStrictEquals(oneLine(text), printed);
});

Deno.test("oneLine() cuts what is long", () => {
  assertEquals(oneLine("x".repeat(200)), "x".repeat(200));
  assertEquals(oneLine("x".repeat(201)), "x".repeat(200) + "…");
});

Deno.test("quoted() shows JSON values, and what is none", () => {
  assertEquals(quoted("room:\u009b"), '"room:\\u009b"');
  assertEquals(quoted("a\nb"), '"a\\nb"');
  assertEquals(quoted({ a: [1, null] }), '{"a":[1,null]}');
  assertEquals(quoted(undefined), "undefined");
  assertEquals(quoted(["x".repeat(1_000_000)]).length, 201);
});

Deno.test("entry() indents all lines but the first", () => {
  assertEquals(entry("Error: a\n[urvogel] b\u001b[2J\n    at c"), "Error: a\n    [urvogel] b\\u001b[2J\n        at c");
  assertEquals(entry("x".repeat(20_000)).length, 10_001);
});

Deno.test("no text gets a control character, or a line of its own, into a log", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex -- those are what is looked for
    assertNotMatch(oneLine(text), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    assertNotMatch(entry(text), /\n(?! {4})/);
  }));
});

const values: [value: unknown, text: string][] = [
  [new Uint8Array(300), "<300 bytes>"],
  [{ params: new Uint8Array(3) }, '{"params":<3 bytes>}'],
  [new Date(0), '"1970-01-01T00:00:00.000Z"'],
  [new Map([["a", 1]]), 'Map [["a",1]]'],
  [new Set([1]), "Set [1]"],
  [12n, "12n"],
  [[undefined, () => {}, Symbol("s"), NaN], "[undefined,<function>,Symbol(s),NaN]"],
  [{ a: undefined, b: 1 }, '{"b":1}'],
  [{ error: new TypeError("boom") }, '{"error":<TypeError: boom>}'],
  [
    new (class Point {
      x = 1;
    })(),
    'Point {"x":1}',
  ],
  [JSON.parse("[".repeat(20) + "]".repeat(20)), "[[[[[[[[…]]]]]]]]"],
  [{
    before: 1,
    get field() {
      throw new Error();
    },
    after: 2,
  }, '{"before":1,"field":"<unreadable>","after":2}'],
];
for (const [value, text] of values) {
  Deno.test(`quoted() shows ${text}`, () => assertStrictEquals(quoted(value), text));
}

Deno.test("quoted() shows as many characters as it is asked for", () => {
  assertEquals(quoted("x".repeat(1000), 10), `"${"x".repeat(9)}…`);
  assertEquals(quoted(Array(1000).fill(1), 10), "[1,1,1,1,1…");
});

Deno.test("inspected() shows an error with its stack, its fields and its causes", () => {
  const error = new Error("late", { cause: new TypeError("early", { cause: { at: 1 } }) });
  Object.assign(error, { timeoutMs: 5 });
  const text = inspected(error);
  assertMatch(text, /^Error: late\n {4} {4}at .*\n/);
  assertMatch(text, / \{"timeoutMs":5\}\n {4}\[cause\]: TypeError: early\n/);
  assertMatch(text, /\n {4}\[cause\]: \{"at":1\}$/);
});

Deno.test("inspected() shows what an error is made of", () => {
  assertMatch(inspected(new AggregateError([new Error("a"), new Error("b")], "both")), / \[<Error: a>,<Error: b>\]$/);
});

for (const [what, make] of Object.entries(HOSTILE)) {
  Deno.test(`what is printed of ${what} is short, and found without an error`, () => {
    const value = make();
    for (const text of [quoted(value), oneLine(value as string), quoted([value]), quoted({ value })]) {
      assert(text.length <= 201 * 6, `${text.length} characters`); // one that is escaped takes six
    }
    for (const text of [inspected(value), inspected(new Error("boom", { cause: value })), textOf(value)]) {
      assert(text.length <= 10_001 * 6 + 400, `${text.length} characters`);
    }
    if (typeof value === "object" && value !== null) read(value, "field");
  });
}

Deno.test("quoted(), inspected() and textOf() return a text, whatever they are given", () => {
  fc.assert(fc.property(hostileMaker, (make) => {
    const value = make();
    // deno-lint-ignore no-control-regex -- those are what is looked for
    assertNotMatch(quoted(value), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    assertNotMatch(inspected(value), /\n(?! {4})/);
    assertEquals(typeof textOf(value), "string");
  }));
});
