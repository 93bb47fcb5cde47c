import { assert, assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { KeyedServersFullError } from "@urvogel/realtime";
import { Placement } from "../../lib/cluster/_placement.ts";
import { type KeyedNode, pass, passUntil, startNodes } from "../support/keyed_nodes.ts";
import { Collected } from "../support/telemetry.ts";

/** Two nodes that spread keys: `a` has two servers, `b` has none. */
async function unequalNodes(time: FakeTime) {
  const cluster = await startNodes(["a", "b"], { placement: "spread" });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await pass(time, 200);
  for (const key of ["1", "2", "3", "4"]) await passUntil(time, a.where(key));
  await passUntil(time, b.rooms.stopAll());
  await pass(time, 200);
  assertEquals([a.rooms.size, b.rooms.size], [2, 0]);
  return { cluster, a, b };
}

Deno.test("KeyedServers that spread keys refuse one when all nodes are full", async () => {
  using time = new FakeTime();
  using full = new Collected("urvogel:keyed:full");
  await using cluster = await startNodes(["a", "b"], { placement: "spread", maxKeys: 1 });
  const [a] = cluster.nodes as [KeyedNode];
  await pass(time, 200);
  assertEquals(
    new Set([await passUntil(time, a.where("1")), await passUntil(time, a.where("2"))]),
    new Set(["a", "b"]),
  );
  await assertRejects(() => passUntil(time, a.where("3")), KeyedServersFullError);
  assertEquals(full.events.length, 1);
});

Deno.test("KeyedServers that spread keys start one elsewhere when a node does not reply", async () => {
  using time = new FakeTime();
  const { cluster, a } = await unequalNodes(time);
  await using _ = cluster;
  cluster.hub.decide = (_, to, { event }) => to === "b" && event === "request" ? "lose" : "deliver";
  const askedAtMs = Date.now();
  assertEquals(await passUntil(time, a.where("5")), "a");
  assert(Date.now() - askedAtMs < 1000, "it waits for that node once, not until it is down");
});

Deno.test("KeyedServers that spread keys start one elsewhere while a node stops", async () => {
  using time = new FakeTime();
  const { cluster, a, b } = await unequalNodes(time);
  await using _ = cluster;
  await passUntil(time, b.rooms.ensure("6"));
  cluster.owners.delayMs = 500; // it hands its key over slowly
  const stopping = b.pubsub.stop();
  await pass(time, 50);
  cluster.owners.delayMs = 0;
  assertEquals(await passUntil(time, a.where("5")), "a");
  await passUntil(time, stopping);
});

Deno.test("KeyedServers that spread keys start one elsewhere when the supervisor of a node does not run", async () => {
  using time = new FakeTime();
  const { cluster, a, b } = await unequalNodes(time);
  await using _ = cluster;
  await b.supervisor.stop("shutdown");
  assertEquals(await passUntil(time, a.where("5")), "a");
});

Deno.test("KeyedServers that spread keys keep to maxKeys when many are asked for at once", async () => {
  using time = new FakeTime();
  using _full = new Collected("urvogel:keyed:full");
  await using cluster = await startNodes(["a", "b"], { placement: "spread", maxKeys: 2 });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await pass(time, 200);
  const asked = [a, b, a, b, a, b].map(({ rooms }, i) => rooms.ensure(`${i}`));
  const results = await passUntil(time, Promise.allSettled(asked));
  for (const result of results) {
    if (result.status === "rejected") assertInstanceOf(result.reason, KeyedServersFullError);
  }
  assertEquals([a.rooms.size, b.rooms.size, cluster.log.length], [2, 2, 4]);
});

Deno.test("Placement counts what it has given to a node that is left out for one key", () => {
  const node = (name: string) => ({ name, status: "up", isSelf: false, details: { servers: 0 } }) as const;
  const nodes = [node("b"), node("c")];
  const placement = new Placement("servers");
  const choose = (unable: string[] = []) => placement.choose(nodes, 9, new Set(unable));
  assertEquals([choose(), choose(["b"]), choose(["b"])], ["b", "c", "c"]);
  assertEquals([choose(), choose(), choose()], ["b", "b", "c"]);
});
