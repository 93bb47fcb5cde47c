import { assert, assertEquals } from "@std/assert";
import { stub } from "@std/testing/mock";
import { Backoff, delayMs } from "../../lib/base/backoff.ts";

Deno.test("Backoff.nextMs() doubles up to the maximum, less up to a half, and begins again after reset()", () => {
  const backoff = new Backoff({ firstMs: 100, maxMs: 1000 });
  for (const _ of [1, 2]) {
    for (const longestMs of [100, 200, 400, 800, 1000, 1000]) {
      const delayMs = backoff.nextMs();
      assert(delayMs > longestMs / 2 - 1 && delayMs <= longestMs, `${delayMs} of ${longestMs}`);
    }
    backoff.reset();
  }
});

Deno.test("delayMs() returns half of the longest delay of an attempt at least, and all of it at most", () => {
  const options = { firstMs: 100, maxMs: 1000 };
  for (const [attempt, longestMs] of [[1, 100], [2, 200], [4, 800], [5, 1000], [5000, 1000]] as const) {
    for (const [number, share] of [[0, 0.5], [1, 1]] as const) {
      using _random = stub(Math, "random", () => number);
      assertEquals(delayMs(options, attempt), longestMs * share);
    }
  }
});
