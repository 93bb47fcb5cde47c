import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  BusDownError,
  type BusRefusedEvent,
  BusSetupError,
  type BusStatusEvent,
  Endpoint,
  type EndpointHealth,
  healthHandler,
  type NodeChangedEvent,
  PubSub,
} from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import { EndpointNode } from "../support/endpoint_cluster.ts";
import { Leaks } from "../support/leaks.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { ScriptedAdapter } from "../support/scripted_adapter.ts";
import { Collected } from "../support/telemetry.ts";

const REQUEST = new Request("http://localhost/health");

/** What a load balancer gets. */
async function probe(endpoint: Endpoint): Promise<[status: number, health: EndpointHealth["status"]]> {
  const response = healthHandler(endpoint)(REQUEST);
  return [response.status, (await response.json()).status];
}

Deno.test("healthHandler() responds with the health in JSON, which nobody may cache", async () => {
  await using node = new EndpointNode(new Hub(), "secret-name");
  await using _client = await connect(node.endpoint, { user: "ann" });
  const response = healthHandler(node.endpoint)(REQUEST);
  const text = await response.text();
  assertEquals([response.status, response.headers.get("cache-control")], [200, "no-store"]);
  assertEquals(text.includes("secret-name"), false);
  assertEquals(JSON.parse(text), {
    status: "ok",
    isReady: true,
    bus: "up",
    nodes: { up: 1, down: 0 },
    connections: 1,
  });
});

Deno.test("healthHandler() responds to HEAD without a body, and to other methods with 405", async () => {
  const handler = healthHandler(new Endpoint({ sockets: {} }));
  const head = handler(new Request(REQUEST, { method: "HEAD" }));
  assertEquals([head.status, await head.text()], [200, ""]);
  const post = handler(new Request(REQUEST, { method: "POST" }));
  assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
});

Deno.test("healthHandler() responds with 503 while the endpoint shuts down, and afterwards", async () => {
  const node = new EndpointNode(new Hub(), "a");
  const client = await connect(node.endpoint, { user: "ann" });
  const down = node.endpoint.shutdown();
  assertEquals(await probe(node.endpoint), [503, "draining"]);
  await down;
  assertEquals(await probe(node.endpoint), [503, "draining"]);
  await client.close();
  await node.pubsub.stop();
});

Deno.test("Endpoint.health() of a node that runs alone has no bus", () => {
  const { status, bus, nodes } = new Endpoint({ sockets: {} }).health();
  assertEquals([status, bus, nodes], ["ok", "none", { up: 1, down: 0 }]);
});

// The rows of "what happens when", as an endpoint sees them.

Deno.test("Endpoint with requireBus is not ready until the bus is up", async () => {
  using _ = new Leaks();
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  const connected = Promise.withResolvers<void>();
  adapter.onStart = () => connected.promise;
  await using node = new EndpointNode(new Hub(), "unused", { pubsub: { adapter } });
  assertEquals(await probe(node.endpoint), [503, "degraded"]);
  assertThrows(() => node.endpoint.broadcast("room:1", "shout", {}), BusDownError);
  connected.resolve();
  await node.pubsub.ready;
  assertEquals(await probe(node.endpoint), [200, "ok"]);
  assertEquals(status.events.map(({ status }) => status), ["up"]);
});

Deno.test("Endpoint without requireBus serves alone until the bus is up, and says so", async () => {
  using _ = new Leaks();
  using _time = new FakeTime();
  using refused = new Collected<BusRefusedEvent>("urvogel:bus:refused");
  using _status = new Collected("urvogel:bus:status");
  const adapter = new ScriptedAdapter();
  adapter.onStart = () => new Promise(() => {});
  await using node = new EndpointNode(new Hub(), "unused", { pubsub: { adapter, requireBus: false } });
  await using ann = await connect(node.endpoint, { user: "ann" });
  const room = await ann.join("room:1");
  assertEquals(await probe(node.endpoint), [200, "degraded"]);
  node.endpoint.broadcast("room:1", "shout", { n: 1 });
  await room.assertPush("shout", { n: 1 });
  const own = refused.events.filter(({ topic }) => topic === "room:1");
  assertEquals(own.map(({ isDeliveredHere }) => isDeliveredHere), [true]);
});

Deno.test("Endpoint whose bus cannot be used is not ready", async () => {
  using status = new Collected<BusStatusEvent>("urvogel:bus:status");
  const refusal = new BusSetupError("nats://localhost:4222", "the password is wrong");
  const adapter = new ScriptedAdapter();
  adapter.onStart = () => Promise.reject(refusal);
  await using node = new EndpointNode(new Hub(), "unused", { pubsub: { adapter } });
  const error = await node.pubsub.ready.catch((error) => error);
  assertEquals([error, status.events[0]?.error], [refusal, refusal]);
  assertEquals(await probe(node.endpoint), [503, "degraded"]);
});

Deno.test.each(
  [
    ["throw", true, [503, "degraded"]],
    ["throw", false, [200, "degraded"]],
    ["local", true, [503, "degraded"]],
    ["local", false, [200, "degraded"]],
  ] as const,
)(
  "Endpoint whose bus is lost, with whenBusIsDown: %s and requireBus: %s",
  async (whenBusIsDown, requireBus, expected) => {
    using _ = new Leaks();
    using status = new Collected<BusStatusEvent>("urvogel:bus:status");
    using refused = new Collected<BusRefusedEvent>("urvogel:bus:refused");
    const hub = new Hub();
    await using _other = new EndpointNode(hub, "b");
    await using node = new EndpointNode(hub, "a", { pubsub: { whenBusIsDown, requireBus } });
    await using ann = await connect(node.endpoint, { user: "ann" });
    await node.pubsub.ready;
    const room = await ann.join("room:1");
    hub.break();
    assertEquals(await probe(node.endpoint), [...expected]);
    const broadcast = () => node.endpoint.broadcast("room:1", "shout", { n: 1 });
    if (whenBusIsDown === "local") broadcast();
    else assertThrows(broadcast, BusDownError);
    hub.mend();
    assertEquals(await probe(node.endpoint), [200, "ok"]);
    node.endpoint.broadcast("room:1", "shout", { n: 2 });
    if (whenBusIsDown === "local") await room.assertPush("shout", { n: 1 });
    await room.assertPush("shout", { n: 2 }); // the first one if the other was refused
    const statuses = status.events.filter(({ node }) => node === "a").map(({ status }) => status);
    assertEquals(statuses, ["up", "down", "up"]);
    const own = refused.events.filter(({ topic }) => topic === "room:1");
    assertEquals(own.map(({ isDeliveredHere }) => isDeliveredHere), [whenBusIsDown === "local"]);
  },
);

Deno.test("Endpoint that is parted from another node, or outlives it, reports it as down", async () => {
  using _ = new Leaks();
  using time = new FakeTime();
  using changes = new Collected<NodeChangedEvent>("urvogel:node:changed");
  const hub = new Hub();
  await using a = new EndpointNode(hub, "a");
  await using _b = new EndpointNode(hub, "b");
  await settle();
  assertEquals(a.endpoint.health().nodes, { up: 2, down: 0 });
  hub.part(["a"], ["b"]); // or "b" was killed: what a sees is the same
  for (let passed = 0; passed < 500; passed += 100) {
    time.tick(100);
    await settle();
  }
  assertEquals(a.endpoint.health().nodes, { up: 1, down: 1 });
  assertEquals(await probe(a.endpoint), [200, "ok"]); // nobody knows which side is the healthy one
  const seen = changes.events.filter(({ node }) => node === "a").map(({ other, status }) => [other, status]);
  assertEquals(seen, [["b", "up"], ["b", "down"]]);
});

Deno.test("PubSub.requiresBus is the option's, and false without an adapter", async () => {
  const adapters = [new ScriptedAdapter(), new ScriptedAdapter()];
  const pubsubs = [
    new PubSub(),
    new PubSub({ adapter: adapters[0] }),
    new PubSub({ adapter: adapters[1], requireBus: false }),
  ];
  assertEquals(pubsubs.map(({ requiresBus }) => requiresBus), [false, true, false]);
  for (const pubsub of pubsubs) await pubsub.stop();
});
