import { assert, assertEquals, fail } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { debug, Endpoint, PubSub } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { KEPT_CRASHES } from "../../../lib/otp/process/recent_crashes.ts";
import { Crashes } from "../../support/crashes.ts";
import { SpokenSocket } from "../../support/spoken_app.ts";

const createEndpoint = () => new Endpoint({ sockets: { "/socket": [SpokenSocket, { longpoll: true }] } });

async function crash(endpoint: Endpoint): Promise<void> {
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  room.push("fail", { password: "pw-sesame" });
  await room.assertPush("phx_error");
}

Deno.test("debug.overview() counts connections by socket and transport, and joined topics", async () => {
  const endpoint = createEndpoint();
  await using a = await connect(endpoint, { name: "a" });
  await using b = await connect(endpoint, { name: "b" });
  for (const [client, topic] of [[a, "room:1"], [b, "room:1"], [b, "room:2"]] as const) await client.join(topic);
  const { connections, channels, topics, bus, bytesWaiting, isDraining, processes } = debug.overview(endpoint);
  assertEquals(connections, [
    { socket: "SpokenSocket", transport: "direct", count: 2 },
    { socket: "SpokenSocket", transport: "websocket", count: 0 },
    { socket: "SpokenSocket", transport: "longpoll", count: 0 },
  ]);
  assertEquals([channels, topics, bus, bytesWaiting, isDraining], [3, 2, "none", 0, false]);
  assert(processes >= 5);
});

Deno.test("debug.crashes() keeps the last crashes as texts, whether somebody listens or not", async () => {
  using time = new FakeTime(5_000);
  using _ = new Crashes();
  const before = debug.crashCount();
  await crash(createEndpoint());
  const [last = fail()] = debug.crashes().items;
  assertEquals([last.number, debug.crashCount()], [before + 1, before + 1]);
  assertEquals([last.process.label, last.error], ['SpokenChannel "room:open"', "Error: Cannot handle: broken"]);
  assertEquals(last.ancestors.map(({ label }) => label), ["SpokenSocket user:ann", "Endpoint"]);
  assertEquals([last.fields.topic, last.fields.socketId], ["room:open", "user:ann"]);
  assert(last.during.includes("fail") && last.stack.includes("spoken_app.ts"));
  assertEquals([last.state, last.time], [undefined, new Date(5_000)]); // nobody watched
  time.tick(0);
});

Deno.test("debug.crashes() has the state without secrets while somebody watches", async () => {
  using _crashes = new Crashes();
  using _ = debug.watch();
  await crash(createEndpoint());
  const { items: [{ state = fail() } = fail()] } = debug.crashes({ limit: 1 });
  assert(state.includes("room:open") && state.includes("[redacted]"), state);
  assert(!state.includes("sesame"), state);
});

Deno.test("debug.crashes() keeps a bounded number", async () => {
  using _ = new Crashes();
  const endpoint = createEndpoint();
  for (let i = 0; i <= KEPT_CRASHES; i++) await crash(endpoint);
  assertEquals(debug.crashes({ limit: 1000 }).total, KEPT_CRASHES);
});

Deno.test("debug.limitsHit() counts how often clients reached a limit", async () => {
  const endpoint = new Endpoint({ sockets: { "/socket": SpokenSocket }, maxConnections: 1 });
  const countOf = () => debug.limitsHit().find(({ limit }) => limit === "maxConnections")?.count ?? 0;
  const before = countOf();
  await using _client = await connect(endpoint);
  await connect(endpoint, { name: "bob" }).catch(() => {});
  assertEquals(countOf() - before, 1);
  assertEquals(debug.limitsHit()[0]?.limit, "maxConnections");
});

Deno.test("debug.nodes() lists this node", () => {
  const endpoint = new Endpoint({ sockets: {}, pubsub: new PubSub() });
  const { items: [self = fail()], total } = debug.nodes(endpoint);
  assertEquals([self.isSelf, self.status, total], [true, "up", 1]);
});
