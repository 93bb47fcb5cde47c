import { assertEquals, assertRejects } from "@std/assert";
import { Turnstile } from "../../lib/base/turnstile.ts";

Deno.test("Turnstile.run() runs no more than its capacity at a time, in the order of the calls", async () => {
  const turnstile = new Turnstile(2);
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>());
  const began: number[] = [];
  const results = ends.map(({ promise }, index) =>
    turnstile.run(() => {
      began.push(index);
      return promise;
    })
  );
  assertEquals(began, [0, 1]);
  ends[1]!.resolve(1);
  await results[1];
  assertEquals(began, [0, 1, 2]);
  for (const [index, { resolve }] of ends.entries()) resolve(index);
  assertEquals(await Promise.all(results), [0, 1, 2, 3, 4]);
  assertEquals(began, [0, 1, 2, 3, 4]);
});

Deno.test("Turnstile.run() goes on with the next when work throws or rejects", async () => {
  const turnstile = new Turnstile(1);
  const results = [
    assertRejects(() => turnstile.run(() => Promise.reject(new Error("rejected"))), Error, "rejected"),
    assertRejects(
      () =>
        turnstile.run(() => {
          throw new Error("thrown");
        }),
      Error,
      "thrown",
    ),
    turnstile.run(() => Promise.resolve("done")),
  ];
  assertEquals((await Promise.all(results)).at(-1), "done");
  assertEquals(await turnstile.run(() => Promise.resolve("again")), "again");
});
