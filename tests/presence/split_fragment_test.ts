import { assertEquals } from "@std/assert";
import type { Fragment } from "../../lib/presence/_fragment.ts";
import { splitFragment } from "../../lib/presence/_split_fragment.ts";

const fragment: Fragment<string> = {
  replica: { name: "a", vsn: "1" },
  ranges: [[2, 2], [5, 12]],
  entries: [[11, "t", "eve", "m"], [6, "t", "ann", "m"], [9, "t", "bob", "m"]],
  known: [2, 10],
};

Deno.test("splitFragment() divides clocks, so that each part stands for itself", () => {
  const parts = splitFragment(fragment, 2);
  assertEquals(parts.map(({ ranges, known, entries }) => [ranges, known, entries.map(([clock]) => clock)]), [
    [[[2, 2], [5, 9]], [2], [6, 9]],
    [[[10, 12]], [10], [11]],
  ]);
});

Deno.test("splitFragment() leaves alone what is small enough", () => {
  assertEquals(splitFragment(fragment, 3), [fragment]);
});
