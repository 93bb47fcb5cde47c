import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError, type HistoryRetriedEvent } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import { DeclaredRoutes } from "../../lib/history/_declared_routes.ts";
import type { HistoryRoute } from "../../lib/history/engine.ts";
import { MemoryHistory } from "../../lib/history/memory_engine.ts";
import { Collected } from "../support/telemetry.ts";

/** Reads that the test settles one by one. */
function reader(goOn = true) {
  const reads: PromiseWithResolvers<readonly HistoryRoute[]>[] = [];
  const learned: string[][] = [];
  const engine = Object.assign(new MemoryHistory(), {
    routes() {
      const read = Promise.withResolvers<readonly HistoryRoute[]>();
      reads.push(read);
      return read.promise;
    },
  });
  const routes = new DeclaredRoutes({
    engine,
    retry: () => Promise.resolve(goOn),
    learned: (routes) => learned.push(routes.map(({ pattern }) => pattern)),
  });
  return { routes, reads, learned };
}

const down = new BusDownError("read declared routes");

Deno.test("DeclaredRoutes.read() reads once more, whatever is declared while a read is under way", async () => {
  const { routes, reads, learned } = reader();
  const done = [routes.read(), routes.read(), routes.read()];
  reads[0]!.resolve([{ pattern: "old:*" }]);
  await settle();
  assertEquals([reads.length, learned], [2, [["old:*"]]]);
  reads[1]!.resolve([{ pattern: "new:*" }]);
  await Promise.all(done);
  assertEquals([reads.length, learned], [2, [["old:*"], ["new:*"]]]);
});

Deno.test("DeclaredRoutes.read() does not repeat what fails; need() does", async () => {
  using retried = new Collected<HistoryRetriedEvent>("urvogel:history:retried");
  const { routes, reads, learned } = reader();
  const once = routes.read();
  reads[0]!.reject(down);
  await once;
  assertEquals([reads.length, retried.events], [1, [{ topic: undefined, attempt: 1, error: down }]]);
  const needed = routes.need();
  reads[1]!.reject(down);
  await settle();
  reads[2]!.resolve([{ pattern: "room:*" }]);
  await needed;
  assertEquals([reads.length, learned], [3, [["room:*"]]]);
});

Deno.test("DeclaredRoutes.read() gives up after five seconds, and at once when it is stopped", async () => {
  using time = new FakeTime();
  using retried = new Collected<HistoryRetriedEvent>("urvogel:history:retried");
  const { routes, learned } = reader();
  const late = routes.read();
  await time.tickAsync(5_000);
  await late;
  assertEquals(retried.events.length, 1);
  const stopped = routes.read();
  routes.stop();
  await stopped;
  assertEquals([retried.events.length, learned], [1, []]);
});

Deno.test("DeclaredRoutes keeps what is known when nothing is declared any more", async () => {
  const { routes, reads, learned } = reader();
  const done = routes.read();
  reads[0]!.resolve([]);
  await done;
  assertEquals(learned, []);
});
