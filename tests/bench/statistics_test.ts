import { assertAlmostEquals, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { median, medianError, medianRatio } from "./statistics.ts";

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

Deno.test("medianError() is what medians of as many values deviate by", () => {
  const seed = 7;
  let state = seed;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647; // Lehmer's, so that each run is the same
  const normal = () => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
  const samples = Array.from({ length: 2_000 }, () => Array.from({ length: 40 }, normal));
  const medians = samples.map(median);
  const deviation = Math.sqrt(medians.reduce((sum, value) => sum + value ** 2, 0) / medians.length);
  assertAlmostEquals(median(samples.map(medianError)), deviation, 0.02);
});

Deno.test("medianError() is not moved by a disturbed value", () => {
  const values = Array.from({ length: 99 }, (_, index) => index);
  assertAlmostEquals(medianError([...values, 1e6]), medianError(values), 0.2);
});
