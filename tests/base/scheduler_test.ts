import { assert, assertEquals } from "@std/assert";
import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate } from "node:timers";
import { stub } from "@std/testing/mock";
import { Scheduler } from "../../lib/base/scheduler.ts";

Deno.test("Scheduler.enqueue() runs what is ready in the order in which it became so", async () => {
  const scheduler = new Scheduler();
  const ran: string[] = [];
  for (const name of ["a", "b", "c"]) scheduler.enqueue({ run: () => void ran.push(name) });
  assertEquals(ran, []);
  await Promise.resolve();
  assertEquals(ran, ["a", "b", "c"]);
});

Deno.test("Scheduler gives the event loop a turn when the budget is spent", async () => {
  const scheduler = new Scheduler(10);
  const log: string[] = [];
  let left = 25;
  const greedy = {
    run() {
      while (left > 0) {
        if (!scheduler.spend()) return scheduler.enqueue(greedy);
        left--;
        log.push("message");
      }
      log.push("done");
    },
  };
  scheduler.enqueue(greedy);
  setImmediate(() => log.push("event loop"));
  while (!log.includes("done")) await new Promise((resolve) => setImmediate(resolve));
  assert(log.indexOf("event loop") < log.indexOf("done"), "the event loop had to wait for the greedy one");
  assertEquals(log.filter((entry) => entry === "message").length, 25);
});

Deno.test("Scheduler goes on with the others when one throws, which is reported", async () => {
  using report = stub(globalThis, "reportError");
  const scheduler = new Scheduler();
  const ran: string[] = [];
  const error = new Error("broken");
  scheduler.enqueue({
    run() {
      throw error;
    },
  });
  scheduler.enqueue({ run: () => void ran.push("other") });
  await Promise.resolve();
  assertEquals(ran, ["other"]);
  assertEquals(report.calls.map(({ args }) => args[0]), [error]);
});

Deno.test("Scheduler.keepContexts() runs each runnable in the context in which it was enqueued", async () => {
  const scheduler = new Scheduler();
  const current = new AsyncLocalStorage<string>();
  const seen: unknown[] = [];
  const turn = async () => {
    seen.length = 0;
    for (const name of ["a", "b"]) {
      current.run(name, () => scheduler.enqueue({ run: () => void seen.push(current.getStore()) }));
    }
    await Promise.resolve();
    return seen;
  };
  {
    using _ = scheduler.keepContexts();
    assertEquals(await turn(), ["a", "b"]);
  }
  assertEquals(await turn(), ["a", "a"]);
});
