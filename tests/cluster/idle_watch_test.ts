import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { IdleWatch } from "../../lib/cluster/_idle_watch.ts";
import { Leaks } from "../support/leaks.ts";

/** A watch over something that only pretends to be a server, and when it called. */
function watching(idleMs: number, onIdle = () => {}) {
  const server = { requestCount: 0, isIdle: true };
  const idleAt: number[] = [];
  const begun = Date.now();
  const watch = new IdleWatch(server, idleMs, () => {
    idleAt.push(Date.now() - begun);
    onIdle();
  });
  return { server, watch, idleAt };
}

Deno.test("IdleWatch calls after idleMs, again and again, when nothing is ever used", () => {
  using time = new FakeTime();
  const { watch, idleAt } = watching(1000);
  time.tick(3500);
  assertEquals(idleAt, [1000, 2000, 3000]);
  watch.stop();
});

Deno.test("IdleWatch calls between one and one and a quarter of idleMs after the last use, whenever that was", () => {
  for (let usedAt = 0; usedAt <= 1000; usedAt += 10) {
    for (const how of ["touch", "request"] as const) {
      using time = new FakeTime();
      const { server, watch, idleAt } = watching(1000);
      time.tick(usedAt);
      idleAt.length = 0;
      if (how === "touch") watch.touch();
      else server.requestCount++;
      time.tick(1250);
      assertEquals(idleAt.length, 1, `${how} at ${usedAt}`);
      const after = idleAt[0]! - usedAt;
      assertEquals(after >= 1000 && after <= 1250, true, `${how} at ${usedAt}: ${after} ms`);
      watch.stop();
    }
  }
});

Deno.test("IdleWatch does not call while the server is at work", () => {
  using time = new FakeTime();
  const { server, watch, idleAt } = watching(1000);
  server.isIdle = false;
  time.tick(5000);
  assertEquals(idleAt, []);
  server.isIdle = true;
  time.tick(1000);
  assertEquals(idleAt, [6000]);
  watch.stop();
});

Deno.test("IdleWatch leaves no timer when it was stopped, also by its own call", () => {
  using time = new FakeTime();
  using _ = new Leaks();
  const { watch } = watching(1000);
  watch.stop();
  const calls: number[] = [];
  const { watch: other, server } = watching(1000, () => {
    calls.push(server.requestCount);
    other.stop();
  });
  time.tick(5000);
  assertEquals(calls, [0]);
});
