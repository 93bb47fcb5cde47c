import { assert } from "@std/assert";
import { Backoff } from "../../lib/base/backoff.ts";

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
