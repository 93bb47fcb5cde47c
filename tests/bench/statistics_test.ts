import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { median, medianRatio } from "./statistics.ts";

const cases: [values: number[], middle: number][] = [
  [[7], 7],
  [[10, 9, 1], 9], // by size, not as text
  [[4, 1, 3, 2], 2.5],
  [[1, 2, 1000], 2],
];
Deno.test.each(cases)("median() of %j is %f", (values, middle) => {
  assertStrictEquals(median(values), middle);
});

Deno.test("median() leaves its argument in order", () => {
  const values = [3, 1, 2];
  median(values);
  assertEquals(values, [3, 1, 2]);
});

Deno.test("median() refuses to invent a value", () => {
  assertThrows(() => median([]), RangeError);
});

Deno.test("medianRatio() compares each round with its own other half", () => {
  // The machine was slow in the first round, for both: the ratio of the medians would be 1.9.
  assertEquals(medianRatio([10, 190, 200], [5, 100, 100]), 2);
});

Deno.test("medianRatio() refuses rounds without another half", () => {
  assertThrows(() => medianRatio([1, 2], [1]), Error, "there are 2 and 1");
});
