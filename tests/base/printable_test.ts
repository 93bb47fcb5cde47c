import assert from "node:assert/strict";
import fc from "fast-check";
import { entry, oneLine, quoted, quotedParams } from "../../lib/base/printable.ts";

Deno.test("oneLine() leaves what can be printed as it is", () => {
  for (const text of ["", "user:ann", "naïve 漢字 😀", 'a "quoted" \\ text']) assert.equal(oneLine(text), text);
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
  assert.equal(oneLine(text), printed);
});

Deno.test("oneLine() cuts what is long", () => {
  assert.equal(oneLine("x".repeat(200)), "x".repeat(200));
  assert.equal(oneLine("x".repeat(201)), "x".repeat(200) + "…");
});

Deno.test("quoted() shows JSON values, and what is none", () => {
  assert.equal(quoted("room:\u009b"), '"room:\\u009b"');
  assert.equal(quoted("a\nb"), '"a\\nb"');
  assert.equal(quoted({ a: [1, null] }), '{"a":[1,null]}');
  assert.equal(quoted(undefined), "undefined");
  assert.equal(quoted(["x".repeat(1_000_000)]).length, 201);
});

Deno.test("entry() indents all lines but the first", () => {
  assert.equal(entry("Error: a\n[urvogel] b\u001b[2J\n    at c"), "Error: a\n    [urvogel] b\\u001b[2J\n        at c");
  assert.equal(entry("x".repeat(20_000)).length, 10_001);
});

Deno.test("no text gets a control character, or a line of its own, into a log", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex -- those are what is looked for
    assert.doesNotMatch(oneLine(text), /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    assert.doesNotMatch(entry(text), /\n(?! {4})/);
  }));
});

Deno.test("quotedParams() tells of bytes only how many there are", () => {
  assert.equal(quotedParams(new Uint8Array(300)), "<300 bytes>");
  assert.equal(quotedParams({ a: "\n" }), '{"a":"\\n"}');
});
