/**
 * Endpoints on several nodes: what one does on all of them.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { BusDownError, Endpoint, Presence, PubSub } from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import denoJson from "../../deno.json" with { type: "json" };
import { VERSION } from "../../lib/base/version.ts";
import { Membership } from "../../lib/cluster/membership.ts";
import { NodeRequests } from "../../lib/cluster/node_requests.ts";
import { EndpointNode } from "../support/endpoint_cluster.ts";
import { Leaks } from "../support/leaks.ts";
import { pass } from "../support/pass_time.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

/** Two nodes: ann is on both, bob on the second. */
async function setUp(hub = new Hub()) {
  const resources = new AsyncDisposableStack();
  const a = resources.use(new EndpointNode(hub, "a"));
  const b = resources.use(new EndpointNode(hub, "b"));
  await settle();
  const ann = resources.use(await connect(a.endpoint, { user: "ann" }));
  const annAgain = resources.use(await connect(b.endpoint, { user: "ann" }));
  const bob = resources.use(await connect(b.endpoint, { user: "bob" }));
  /** Nodes greet each other when their bus is back. */
  const greet = async () => {
    using _status = new Collected("urvogel:bus:status");
    hub.break();
    hub.mend();
    await settle();
  };
  return { hub, a, b, ann, annAgain, bob, greet, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

Deno.test("Endpoint.disconnect() closes the connections of an id on all nodes", async () => {
  using _ = new Leaks();
  await using world = await setUp();
  const { a, b, ann, annAgain, bob } = world;
  a.endpoint.disconnect("user:ann");
  await ann.assertClosed(1001);
  await annAgain.assertClosed(1001);
  await settle();
  assertEquals([a.endpoint.connectionCount, b.endpoint.connectionCount], [0, 1]);
  await bob.heartbeat();
});

Deno.test("Endpoint.disconnect() closes nothing while the bus is down", async () => {
  await using world = await setUp();
  using _status = new Collected("urvogel:bus:status");
  world.hub.break();
  assertThrows(() => world.a.endpoint.disconnect("user:ann"), BusDownError);
  await settle();
  assertEquals(world.a.endpoint.connectionCount, 1);
  world.hub.mend();
});

Deno.test("Endpoint.confirmDisconnect() counts the connections that were closed on each node", async () => {
  using _ = new Leaks();
  await using world = await setUp();
  const { a, ann, annAgain } = world;
  const expected = { closed: 2, nodes: { a: 1, b: 1 }, missing: [] };
  assertEquals(await a.endpoint.confirmDisconnect("user:ann"), expected);
  await ann.assertClosed(1001);
  await annAgain.assertClosed(1001);
  assertEquals(await a.endpoint.confirmDisconnect("user:ann"), { closed: 0, nodes: { a: 0, b: 0 }, missing: [] });
});

Deno.test("Endpoint.confirmDisconnect() works on a node that runs alone, and does not count subscribers of such a topic", async () => {
  await using chat = new EndpointNode(new Hub(), "a", { endpoint: { pubsub: new PubSub() } });
  await using client = await connect(chat.endpoint, { user: "ann" });
  await client.join("room:1");
  assertEquals((await chat.endpoint.confirmDisconnect("room:1")).closed, 0);
  assertEquals(await chat.endpoint.confirmDisconnect("user:ann"), { closed: 1, nodes: { local: 1 }, missing: [] });
});

Deno.test("Endpoint.confirmDisconnect() counts endpoints that share a PubSub as one node", async () => {
  const hub = new Hub();
  await using a = new EndpointNode(hub, "a");
  await using other = new EndpointNode(hub, "unused", { endpoint: { pubsub: a.pubsub } });
  await using _ann = await connect(a.endpoint, { user: "ann" });
  await using _again = await connect(other.endpoint, { user: "ann" });
  await settle();
  assertEquals(a.endpoint.nodes()[0]?.details.connections, 2);
  const { closed, nodes } = await a.endpoint.confirmDisconnect("user:ann");
  assertEquals([closed, nodes.a], [2, 2]);
});

Deno.test.each(
  [["5,000 ms by default", undefined, 5_000], ["timeoutMs", { timeoutMs: 300 }, 300]] as const,
)("Endpoint.confirmDisconnect() waits %s, and names the nodes that did not reply", async (_case, options, ms) => {
  using time = new FakeTime();
  await using world = await setUp();
  world.hub.decide = (_from, _to, { event }) => event === "reply" ? "lose" : "deliver";
  let result: unknown;
  void world.a.endpoint.confirmDisconnect("user:ann", options).then((value) => result = value);
  await pass(time, ms - 100);
  assertEquals(result, undefined);
  await pass(time, 100);
  assertEquals(result, { closed: 1, nodes: { a: 1 }, missing: ["b"] });
  assertEquals(world.b.endpoint.connectionCount, 1); // it did what it was asked
});

Deno.test("Endpoint.confirmDisconnect() names nodes that are down, and does not wait for them", async () => {
  using time = new FakeTime();
  await using world = await setUp();
  world.hub.part(["a"], ["b"]);
  await pass(time, 500);
  assertEquals(world.a.endpoint.nodes().map(({ name, status }) => [name, status]), [["a", "up"], ["b", "down"]]);
  const result = await world.a.endpoint.confirmDisconnect("user:ann");
  assertEquals(result, { closed: 1, nodes: { a: 1 }, missing: ["b"] });
});

Deno.test("Endpoint.confirmDisconnect() closes the connections of this node while the bus is down", async () => {
  await using world = await setUp();
  using _status = new Collected("urvogel:bus:status");
  world.hub.break();
  const result = await world.a.endpoint.confirmDisconnect("user:ann");
  assertEquals(result, { closed: 1, nodes: { a: 1 }, missing: ["b"] });
  world.hub.mend();
});

Deno.test("Endpoint.confirmDisconnect() does not wait for nodes without an endpoint", async () => {
  const hub = new Hub();
  await using a = new EndpointNode(hub, "a");
  const script = new PubSub({ adapter: hub.adapter("script") });
  const presence = new Presence({ pubsub: script }); // which makes it a node that is up
  NodeRequests.of(script);
  await settle();
  assertEquals(a.endpoint.nodes().map(({ name }) => name), ["a", "script"]);
  assertEquals(await a.endpoint.confirmDisconnect("user:ann"), { closed: 0, nodes: { a: 0 }, missing: [] });
  await presence.stop();
  await script.stop();
});

Deno.test("Endpoint.confirmDisconnect() does not believe a node that replies nonsense", async () => {
  await using world = await setUp();
  const { hub } = world;
  const liar = new PubSub({ adapter: hub.adapter("liar") });
  NodeRequests.of(liar).handle("endpoint.disconnect", () => -1);
  Membership.of(liar).addDetails(() => ({ connections: 1 }));
  await settle();
  const { closed, missing } = await world.a.endpoint.confirmDisconnect("user:ann");
  assertEquals([closed, missing], [2, ["liar"]]);
  await liar.stop();
});

Deno.test("Endpoint.confirmDisconnect() refuses a timeout that is none", async () => {
  await using world = await setUp();
  const disconnect = () => world.a.endpoint.confirmDisconnect("user:ann", { timeoutMs: -1 });
  await assertRejects(disconnect, RangeError, 'Cannot disconnect clients: "timeoutMs" must be >= 0, received -1');
});

Deno.test("Endpoint.removeFromTopic() ends the channels of an id in one topic, on all nodes", async () => {
  using _ = new Leaks();
  await using world = await setUp();
  const { a, b, ann, annAgain, bob } = world;
  const [lobby, side] = [await ann.join("room:lobby"), await ann.join("room:side")];
  const again = await annAgain.join("room:lobby");
  const others = await bob.join("room:lobby");
  const result = await b.endpoint.removeFromTopic("user:ann", "room:lobby");
  assertEquals(result, { removed: 2, nodes: { a: 1, b: 1 }, missing: [] });
  for (const channel of [lobby, again]) await channel.assertPush("phx_close", {});
  await settle();
  assertEquals([a.ended, b.ended], [[{ shutdown: "removed" }], [{ shutdown: "removed" }]]);
  await side.assertReply(side.push("echo", { still: "here" }), "ok", { still: "here" });
  await others.assertReply(others.push("echo", { still: "here" }), "ok", { still: "here" });
  a.endpoint.broadcast("room:lobby", "shout", {});
  await others.assertPush("shout", {});
  await lobby.refutePush("shout", {});
  assertEquals((await a.endpoint.removeFromTopic("user:ann", "room:lobby")).removed, 0);
});

Deno.test("Endpoint.removeFromTopic() lets the client join again, if the channel allows it", async () => {
  await using world = await setUp();
  const { a, ann } = world;
  const lobby = await ann.join("room:lobby");
  await a.endpoint.removeFromTopic("user:ann", "room:lobby");
  await lobby.assertPush("phx_close", {});
  const again = await ann.join("room:lobby");
  await again.assertReply(again.push("echo", { back: true }), "ok", { back: true });
});

Deno.test("Endpoint.removeFromTopic() ends a channel whose join is under way, as soon as it has joined", async () => {
  await using world = await setUp();
  const { a, ann } = world;
  const door = Promise.withResolvers<void>();
  a.door = door.promise;
  const joining = ann.join("room:lobby");
  await settle({ timeoutMs: 0 });
  assertEquals((await a.endpoint.removeFromTopic("user:ann", "room:lobby")).removed, 1);
  door.resolve();
  const lobby = await joining;
  await lobby.assertPush("phx_close", {});
  await settle();
  assertEquals(a.ended, [{ shutdown: "removed" }]);
});

Deno.test("Endpoint.nodes() has what each node says about itself", async () => {
  await using world = await setUp();
  await world.greet();
  const [self, other] = world.a.endpoint.nodes();
  assertEquals([self?.name, self?.isSelf, other?.name, other?.isSelf], ["a", true, "b", false]);
  const { startedAt, ...rest } = other!.details;
  assertEquals(rest, { version: VERSION, connections: 2, isDraining: false });
  assertEquals(new Date(String(startedAt)).toISOString(), startedAt);
  await world.b.endpoint.shutdown();
  await world.greet();
  assertEquals(world.a.endpoint.nodes()[1]?.details.isDraining, true);
});

Deno.test("Endpoint.nodes() on a node that runs alone has that one", () => {
  assertEquals(new Endpoint({ sockets: {} }).nodes().map(({ name, isSelf }) => [name, isSelf]), [["local", true]]);
});

Deno.test("VERSION is that of the package", () => assertEquals(VERSION, denoJson.version));
