import { assert, assertEquals } from "@std/assert";
import { hashText } from "../../lib/base/hash.ts";

Deno.test("hashText() answers the same integer of 32 bits for the same text, everywhere", () => {
  // As another program, in another language, computes them from the definition.
  const hashes = [2872998923, 444641715, 2123619552, 1787143206];
  assertEquals(["", "a", "room:lobby", "\u{1F600}"].map(hashText), hashes);
});

Deno.test("hashText() spreads texts that are alike evenly", () => {
  for (const buckets of [2, 3, 8, 64]) {
    const counts = new Array<number>(buckets).fill(0);
    for (let i = 0; i < 64_000; i++) counts[hashText(`user:${i}`) % buckets]!++;
    const expected = 64_000 / buckets;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    assert(chiSquared < 2 * buckets + 20, `${chiSquared} for ${buckets} buckets`);
  }
});
