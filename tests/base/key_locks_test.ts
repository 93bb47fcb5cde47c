import { assertEquals, assertRejects, fail } from "@std/assert";
import fc from "fast-check";
import { KeyLocks } from "../../lib/base/key_locks.ts";

/** Work that says when it begins, and ends when it is let. */
function job() {
  const began = Promise.withResolvers<void>();
  const end = Promise.withResolvers<string>();
  const work = () => {
    began.resolve();
    return end.promise;
  };
  return { work, began: began.promise, end: end.resolve, fail: end.reject };
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

Deno.test("KeyLocks.run() lets work for different keys overlap", async () => {
  const locks = new KeyLocks();
  const [one, two] = [job(), job()];
  const results = [locks.run(1, one.work), locks.run(2, two.work)];
  await Promise.all([one.began, two.began]);
  assertEquals(locks.size, 2);
  one.end("one");
  two.end("two");
  assertEquals(await Promise.all(results), ["one", "two"]);
  assertEquals(locks.size, 0);
});

Deno.test("KeyLocks.run() does one thing after the other for one key, in order", async () => {
  const locks = new KeyLocks();
  const began: number[] = [];
  const first = job();
  const results = [
    locks.run("k", first.work),
    ...[1, 2, 3].map((n) => locks.run("k", () => began.push(n))),
  ];
  await first.began;
  await settle();
  assertEquals(began, []);
  first.end("done");
  await Promise.all(results);
  assertEquals(began, [1, 2, 3]);
  assertEquals(locks.size, 0);
});

Deno.test.each<[string, () => unknown]>([
  ["throws", () => {
    throw new Error("oops");
  }],
  ["rejects", () => Promise.reject(new Error("oops"))],
])("KeyLocks.run() frees the key when the work %s", async (_, work) => {
  const locks = new KeyLocks();
  const failing = locks.run("k", work);
  const next = locks.run("k", () => "next");
  await assertRejects(() => failing, Error, "oops");
  assertEquals(await next, "next");
  assertEquals(locks.size, 0);
});

Deno.test("KeyLocks.run() frees the key when its holder gives up, though the work goes on", async () => {
  const locks = new KeyLocks();
  const holder = new AbortController();
  const held = job();
  const failing = locks.run("k", held.work, { signal: holder.signal });
  await held.began;
  const next = locks.run("k", () => "next");
  holder.abort("shutdown");
  const reason = await assertRejects(() => failing);
  assertEquals(reason, "shutdown");
  assertEquals(await next, "next");
  held.end("too late");
  assertEquals(locks.size, 0);
});

Deno.test("KeyLocks.run() forgets who gives up while waiting, and never does its work", async () => {
  const locks = new KeyLocks();
  const waiter = new AbortController();
  const held = job();
  const holding = locks.run("k", held.work);
  const failing = locks.run("k", () => fail("must not run"), { signal: waiter.signal });
  const last = locks.run("k", () => "last");
  waiter.abort("shutdown");
  const reason = await assertRejects(() => failing);
  assertEquals(reason, "shutdown");
  held.end("done");
  assertEquals(await Promise.all([holding, last]), ["done", "last"]);
  assertEquals(locks.size, 0);
});

Deno.test("KeyLocks.run() passes the key on when a waiter gives up in the moment in which it gets it", async () => {
  const locks = new KeyLocks();
  const waiter = new AbortController();
  const held = job();
  const holding = locks.run("k", held.work);
  const failing = locks.run("k", () => fail("must not run"), { signal: waiter.signal });
  const last = locks.run("k", () => "last");
  const done = holding.then(() => waiter.abort("shutdown"));
  held.end("done");
  const reason = await assertRejects(() => failing);
  assertEquals(reason, "shutdown");
  await done;
  assertEquals(await last, "last");
  assertEquals(locks.size, 0);
});

Deno.test("KeyLocks.run() does not even wait for who has given up before", async () => {
  const locks = new KeyLocks();
  const r = await assertRejects(() => locks.run("k", () => "x", { signal: AbortSignal.abort("gone") }));
  assertEquals(r, "gone");
  assertEquals(locks.size, 0);
});

Deno.test("KeyLocks never lets two have a key, and ends with none locked, whoever gives up when", async () => {
  const worker = fc.record({
    key: fc.integer({ min: 0, max: 2 }),
    steps: fc.integer({ min: 0, max: 4 }),
    giveUpAfter: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
  });
  await fc.assert(fc.asyncProperty(fc.array(worker, { maxLength: 12 }), async (workers) => {
    const locks = new KeyLocks();
    const inside = new Map<number, number>();
    const controllers = workers.map(() => new AbortController());
    const runs = workers.map(({ key, steps }, i) => {
      const { signal } = controllers[i]!;
      return locks.run(key, async () => {
        inside.set(key, (inside.get(key) ?? 0) + 1);
        assertEquals(inside.get(key), 1);
        const leave = () => inside.set(key, inside.get(key)! - 1);
        // Whoever gives up has lost the lock: from then on it is not inside any more.
        let left = false;
        const once = () => left || (left = true, leave());
        signal.addEventListener("abort", once);
        for (let step = 0; step < steps; step++) await null;
        once();
      }, { signal });
    });
    const settled = Promise.allSettled(runs);
    for (let moment = 0; moment <= 12; moment++) {
      await null;
      for (const [i, { giveUpAfter }] of workers.entries()) if (giveUpAfter === moment) controllers[i]!.abort("bye");
    }
    for (const result of await settled) if (result.status === "rejected") assertEquals(result.reason, "bye");
    assertEquals(locks.size, 0);
  }));
});
