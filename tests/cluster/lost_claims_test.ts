/**
 * Keys that a node owns at the engine although it has no server for them.
 *
 * @module
 */

import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { type KeyedNode, pass, passUntil, startNodes } from "../support/keyed_nodes.ts";

/** Shorter than the session of a node, after which all its keys are free anyway. */
const SOON_MS = 1000;

Deno.test("a key whose claim got no reply is started by another node that asks for it", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("0"); // opens its session
  cluster.owners.deaf.add("a");
  await assertRejects(() => a.where("7"), Error, "no reply");
  cluster.owners.deaf.clear();
  assertEquals(await passUntil(time, b.where("7"), SOON_MS), "b");
  assertEquals(await a.where("7"), "b");
  assertEquals(cluster.log, ["a starts 0", "b starts 7"]);
});

Deno.test("a key whose claim got no reply is started by the same node when it is asked for again", async () => {
  using _time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("0");
  cluster.owners.deaf.add("a");
  await assertRejects(() => a.where("7"), Error, "no reply");
  cluster.owners.deaf.clear();
  assertEquals(await a.where("7"), "a");
  assertEquals(await b.where("7"), "a");
});

Deno.test("a key whose claim got no reply is released although nobody asks for it again", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a"]);
  const [a] = cluster.nodes as [KeyedNode];
  await a.where("0");
  cluster.owners.deaf.add("a");
  await assertRejects(() => a.where("7"), Error, "no reply");
  await pass(time, 200);
  cluster.owners.deaf.clear();
  await pass(time, SOON_MS);
  const asked = cluster.owners.asked.filter((line) => /7$/.test(line));
  assertEquals(asked, ["a claim rooms:7", "a ownerOf rooms:7", "a release rooms:7"]);
});

Deno.test("a claim that reaches the engine when nobody waits for it any more does not block the key", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b", "c"]);
  const [a, b, c] = cluster.nodes as [KeyedNode, KeyedNode, KeyedNode];
  await a.where("0");
  cluster.owners.slow.add("a");
  await assertRejects(() => a.where("7"), Error, "no reply");
  await pass(time, SOON_MS);
  await cluster.owners.arrive(); // after all that the node could do about it
  cluster.owners.slow.clear();
  const [first, second] = await passUntil(time, Promise.all([b.where("7"), c.where("7")]), SOON_MS);
  assertEquals([first, second, await a.where("7")], [first, first, first]);
  assertEquals(first === "a", false);
});

Deno.test("a release that reaches the engine when nobody waits for it any more does not free the next server's key", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  cluster.owners.slowToRelease.add("a");
  await a.rooms.stop("7");
  await pass(time, 50);
  cluster.owners.slowToRelease.clear();
  assertEquals(await a.where("7"), "a");
  await cluster.owners.arrive();
  assertEquals(await passUntil(time, b.where("7"), SOON_MS), "a");
  assertEquals(cluster.log, ["a starts 7", "a ends 7", "a starts 7"]);
});

Deno.test("a node that is asked for a server that it is just starting keeps the key", async () => {
  using time = new FakeTime();
  const { promise: mayStart, resolve: start } = Promise.withResolvers<void>();
  await using cluster = await startNodes(["a", "b"], { starting: () => mayStart });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  cluster.owners.delayMs = 400; // b asks while a does not know yet that it has the key
  const wheres = [a.where("7"), b.where("7")];
  await pass(time, 2000);
  start();
  const [first, second] = await passUntil(time, Promise.all(wheres), SOON_MS);
  assertEquals(first, second);
  assertEquals(cluster.log, [`${first} starts 7`]);
  cluster.owners.delayMs = 0;
});

Deno.test("a key whose release failed is released again, and nobody has to wait for its node's session", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  cluster.owners.cut.add("a");
  await a.rooms.stop("7");
  await pass(time, 200);
  cluster.owners.cut.clear();
  assertEquals(await passUntil(time, b.where("7"), SOON_MS), "b");
  assertEquals(cluster.log, ["a starts 7", "a ends 7", "b starts 7"]);
});
