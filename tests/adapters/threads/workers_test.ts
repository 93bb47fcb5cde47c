import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { Broadcast, BusDownError } from "@urvogel/realtime";
import { threadsAdapter } from "@urvogel/realtime/threads";
import { programLocks } from "../../../lib/base/locks.ts";
import { ThreadNode } from "../../support/thread_node.ts";
import { until } from "../../support/until.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

const MANY = 100_000;

function numbers(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}

/** Makes a thread hang: it does not return to its event loop until `end` is called. Resolves when it hangs. */
async function hang(node: ThreadNode): Promise<{ end(): Promise<unknown> }> {
  const flag = new Int32Array(new SharedArrayBuffer(8));
  const hanging = node.ask({ kind: "hang", flag: flag.buffer as SharedArrayBuffer });
  await until(() => Atomics.load(flag, 1) === 1, "it hangs");
  return {
    end() {
      Atomics.store(flag, 0, 1);
      Atomics.notify(flag, 0);
      return hanging;
    },
  };
}

Deno.test("threads receive 100,000 broadcasts at full speed, in order, once, while a receiver stalls", async () => {
  using a = await ThreadNode.start("speed", "a");
  using b = await ThreadNode.start("speed", "b");
  using c = await ThreadNode.start("speed", "c");
  const stalled = c.ask({ kind: "stall", ms: 2_000 });
  for (let first = 0; first < MANY; first += 1_000) {
    await a.ask({ kind: "send", topic: "numbers", first, count: 1_000 });
  }
  assertEquals(await b.received("a", MANY), numbers(MANY));
  await stalled;
  assertEquals(await c.received("a", MANY), numbers(MANY));
  for (const node of [a, b, c]) await node.ask({ kind: "stop" });
});

Deno.test("a flood of another BroadcastChannel loses no broadcast, and a thread can start during it", async () => {
  using a = await ThreadNode.start("flood", "a");
  using b = await ThreadNode.start("flood", "b");
  using foreign = await ThreadNode.start("another", "a");
  const flood = foreign.ask({ kind: "flood", count: 200_000 });
  await a.ask({ kind: "send", topic: "numbers", first: 0, count: 5_000 });
  using late = await ThreadNode.start("flood", "late");
  await a.ask({ kind: "send", topic: "numbers", first: 5_000, count: 5_000 });
  assertEquals(await b.received("a", 10_000), numbers(10_000));
  assertEquals(await late.received("a", 5_000), numbers(5_000, 5_000));
  assertEquals((await foreign.report()).numbers, {});
  await flood;
  for (const node of [a, b, late, foreign]) await node.ask({ kind: "stop" });
});

Deno.test("a thread that is terminated while others wait for it holds them up no longer", async () => {
  using a = await ThreadNode.start("dead", "a");
  using b = await ThreadNode.start("dead", "b");
  const dead = await ThreadNode.start("dead", "dead");
  await dead.ask({ kind: "send", topic: "numbers", first: 0, count: 3 });
  void dead.ask({ kind: "stall", ms: 1_500 }); // Deno ends a thread that is busy when it is no longer
  await a.ask({ kind: "send", topic: "numbers", first: 0, count: 20_000 }); // 4 MB: more than the ring holds
  assert(((await b.report()).numbers["a"]?.length ?? 0) < 20_000);
  dead[Symbol.dispose]();
  assertEquals(await b.received("a", 20_000), numbers(20_000));
  assertEquals(await b.received("dead", 3), numbers(3));
  for (const node of [a, b]) await node.ask({ kind: "stop" });
});

Deno.test("threads may start and end at any time, and leave no lock behind", async () => {
  using sender = await ThreadNode.start("churn", "sender");
  for (let round = 0; round < 10; round++) {
    using node = await ThreadNode.start("churn", `node${round}`);
    await sender.ask({ kind: "send", topic: "numbers", first: round, count: 1 });
    assertEquals(await node.received("sender", 1), [round]);
    if (round % 2 === 0) await node.ask({ kind: "stop" });
  }
  await sender.ask({ kind: "stop" });
  const held = async () => (await programLocks()!.query()).held.filter(({ name }) => name.includes(":churn"));
  while ((await held()).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("a thread that does not return to its event loop is cut off, and goes on later with a gap", async () => {
  using a = await ThreadNode.start("stuck", "a", { maxStallMs: 1_000 });
  using b = await ThreadNode.start("stuck", "b");
  using stuck = await ThreadNode.start("stuck", "stuck");
  const hanging = await hang(stuck);
  await a.ask({ kind: "send", topic: "numbers", first: 0, count: 20_000 }); // 4 MB: more than the ring holds
  assertEquals(await b.received("a", 20_000), numbers(20_000));
  await hanging.end();
  assertEquals(await stuck.changes(), [{ gap: 1, from: "a" }]);
  await a.ask({ kind: "send", topic: "numbers", first: 20_000, count: 10 });
  assertEquals(await stuck.received("a", 10), numbers(10, 20_000));
  assertEquals([await a.report(), await b.report()].map(({ changes, cutOff }) => [changes, cutOff]), [
    [[], ["stuck"]],
    [[], []],
  ]);
  for (const node of [a, b, stuck]) await node.ask({ kind: "stop" });
});

const lostWith: [what: string, maxStallMs: number, end: (node: ThreadNode) => unknown][] = [
  ["has cut it off and stops", 1_000, (node) => node.ask({ kind: "stop" })],
  ["stops while more waits than its ring holds", 20_000, (node) => node.ask({ kind: "stop" })],
  ["is terminated while more waits than its ring holds", 20_000, (node) => node[Symbol.dispose]()],
];
Deno.test.each(lostWith)("a thread reports a gap when another one %s", async (_what, maxStallMs, end) => {
  const prefix = crypto.randomUUID();
  using a = await ThreadNode.start(prefix, "a", { maxStallMs });
  using b = await ThreadNode.start(prefix, "b");
  using stuck = await ThreadNode.start(prefix, "stuck");
  const hanging = await hang(stuck);
  await a.ask({ kind: "send", topic: "numbers", first: 0, count: 20_000 }); // 4 MB: more than the ring holds
  if (maxStallMs === 1_000) await b.received("a", 20_000); // it has cut it off
  await end(a);
  await hanging.end();
  assertEquals(await stuck.changes(), [{ gap: 1, from: "a" }]);
  for (const node of [b, stuck]) await node.ask({ kind: "stop" });
});

Deno.test("broadcast() throws when more than maxBytesWaiting would wait for a busy thread", async () => {
  using busy = await ThreadNode.start("full", "busy");
  const adapter = threadsAdapter({ prefix: "full", maxBytesWaiting: 100_000 });
  await adapter.start(SILENT_NODE);
  const stalled = busy.ask({ kind: "stall", ms: 1_000 });
  const broadcast = new Broadcast("numbers", "number", { n: 0, text: "x".repeat(1000) });
  let sent = 0;
  const error = assertThrows(() => {
    for (; sent < 10_000; sent++) adapter.broadcast(broadcast);
  }, BusDownError);
  assertMatch((error.cause as Error).message, /^\d+ of at most 100000 bytes wait for another thread, which is busy$/);
  assert(sent > 1_000, `${sent} were sent`); // a ring of 1 MiB and the queue
  await stalled;
  assertEquals((await busy.received(adapter.nodeName, sent)).length, sent);
  await adapter.stop();
  await busy.ask({ kind: "stop" });
});
