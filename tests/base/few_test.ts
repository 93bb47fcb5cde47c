import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { countOf, type Few, withItem, withoutItem } from "../../lib/base/few.ts";

Deno.test("Few holds what a Set would, in the same order, however many there are", () => {
  const step = fc.record({ add: fc.boolean(), item: fc.integer({ min: 0, max: 14 }) });
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    let few: Few<number>;
    const set = new Set<number>();
    for (const { add, item } of steps) {
      few = add ? withItem(few, item) : withoutItem(few, item);
      if (add) set.add(item);
      else set.delete(item);
      assertEquals([...few ?? []], [...set]);
      assertEquals(countOf(few), set.size);
    }
  }));
});

Deno.test("withItem() leaves those alone who still look at the array of before", () => {
  const before = withItem(withItem(undefined, "a"), "b");
  const after = withoutItem(withItem(before, "c"), "a");
  assertEquals([before, after], [["a", "b"], ["b", "c"]]);
});
