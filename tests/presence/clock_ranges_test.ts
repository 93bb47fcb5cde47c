import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import { ClockRanges } from "../../lib/presence/_clock_ranges.ts";

Deno.test("ClockRanges joins what touches and keeps gaps", () => {
  const ranges = new ClockRanges([[5, 6], [1, 2]]);
  assertEquals([ranges.toArray(), ranges.prefix], [[[1, 2], [5, 6]], 2]);
  ranges.add(3, 4);
  assertEquals([ranges.toArray(), ranges.prefix], [[[1, 6]], 6]);
});

Deno.test("ClockRanges.prefix is 0 while the first clock is missing", () => {
  assertEquals(new ClockRanges([[2, 9]]).prefix, 0);
});

const range = fc.tuple(fc.integer({ min: 1, max: 30 }), fc.nat(6)).map(([first, more]) =>
  [first, first + more] as const
);

Deno.test("ClockRanges holds what a set would, in as few ranges as possible", () => {
  fc.assert(fc.property(fc.array(range, { maxLength: 20, size: "max" }), (added) => {
    const ranges = new ClockRanges(added);
    const model = new Set(
      added.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i)),
    );
    for (let clock = 0; clock <= 40; clock++) assertEquals(ranges.has(clock), model.has(clock));
    let prefix = 0;
    while (model.has(prefix + 1)) prefix++;
    assertStrictEquals(ranges.prefix, prefix);
    const found = ranges.toArray();
    assert(found.every(([first], i) => i === 0 || first > found[i - 1]![1] + 1), "a range touches the one before it");
  }));
});
