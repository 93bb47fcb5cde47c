import { assertEquals } from "@std/assert";
import { mutantsOf, mutate } from "./mutants.ts";

const cases: [text: string, mutated: string[]][] = [
  ["let x = a < b;", ["let x = a <= b;"]],
  ["let x = a === b;", ["let x = a !== b;"]],
  ["let x = a && b;", ["let x = a || b;"]],
  ["let x = a + b;", ["let x = a - b;"]],
  ['let x = "a" + b;', []],
  ["let x = true;", ["let x = false;"]],
  ["let x = [0, 7];", ["let x = [1, 7];", "let x = [0, 0];"]],
  ["f(a);", [";"]],
  ["n++;", [";", "n--;"]],
  ["n += a;", [";", "n -= a;"]],
  ["if (a) b();", ["if (!(a)) b();", "if (a) ;"]],
  ["let x = a ? b : c;", ["let x = !(a) ? b : c;"]],
  ["while (a) break;", ["while (!(a)) break;", "while (a) ;"]],
  ["let x = (a /* < */) < b;", ["let x = (a /* < */) <= b;"]],
  ["class A extends B { constructor() { super(); this.a(); } }", [
    "class A extends B { constructor() { super(); ; } }",
  ]],
  ["function f() { return; }", ["function f() { ; }"]],
  ["function f() { return a; }", []],
  // Types are left alone, expressions in them are not.
  ["type T = 0 | true;", []],
  ["let x: 0 | 1 = a as 0;", []],
  ["let x = (a < b) as boolean;", ["let x = (a <= b) as boolean;"]],
  ['import a from "a" with { type: "json" };', []],
];
Deno.test.each(cases)("mutantsOf() finds the mutants of %j", (text, mutated) => {
  assertEquals(mutantsOf(text).map((mutant) => mutate(text, mutant)), mutated);
});

Deno.test("mutantsOf() tells the line and the operator", () => {
  assertEquals(mutantsOf("f();\nlet x = a < b;").map(({ line, operator }) => [line, operator]), [
    [1, "statement"],
    [2, "comparison"],
  ]);
});
