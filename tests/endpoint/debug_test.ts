import { assert, assertEquals, assertMatch, assertRejects, assertStrictEquals, assertThrows, fail } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { CallTimeoutError, debug, Endpoint, spawn, sys } from "@urvogel/realtime";
import { connect } from "@urvogel/realtime/testing";
import { Crashes } from "../support/crashes.ts";
import { door, SpokenSocket } from "../support/spoken_app.ts";

function createEndpoint(): Endpoint {
  return new Endpoint({ sockets: { "/socket": SpokenSocket } });
}

Deno.test("debug.listSockets() lists the connections of one endpoint", async () => {
  using time = new FakeTime(1_000_000);
  const endpoint = createEndpoint();
  await using other = await connect(createEndpoint());
  await other.join("room:other");
  await using ann = await connect(endpoint, {}, { connectInfo: { peerData: { hostname: "10.0.0.1", port: 5 } } });
  await ann.join("room:a");
  await ann.join("room:b");
  time.tick(1000);
  const bob = await connect(endpoint, { name: "bob" });
  const [first = fail(), second = fail()] = debug.listSockets(endpoint);
  const { pid, ...rest } = first;
  assert(pid.alive);
  assertEquals(rest, {
    socket: "SpokenSocket",
    id: "user:ann",
    transport: "test",
    address: "10.0.0.1",
    peer: { hostname: "10.0.0.1", port: 5 },
    since: new Date(1_000_000),
    bufferedBytes: 0,
    topics: ["room:a", "room:b"],
  });
  assertEquals([second.id, second.since, second.topics], ["user:bob", new Date(1_001_000), []]);
  await bob.close();
  assertEquals(debug.listSockets(endpoint).length, 1);
});

Deno.test("debug.listChannels() tells who is joining, and how much waits", async () => {
  const endpoint = createEndpoint();
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  client.send({ topic: "room:slow", event: "phx_join", joinRef: "9" });
  client.send({ topic: "room:slow", event: "echo", joinRef: "9" });
  for (const event of ["wait", "echo", "echo"]) room.push(event);
  await client.heartbeat();
  const [{ pid } = fail()] = debug.listSockets(endpoint);
  const channels = debug.listChannels(pid);
  assertEquals(channels.map(({ topic, status, messageQueueLength }) => [topic, status, messageQueueLength]), [
    ["room:open", "joined", 2],
    ["room:slow", "joining", 1],
  ]);
  for (const { pid: channel } of channels) assertStrictEquals(debug.socketOf(channel ?? fail()).pid, pid);
  door.open();
});

Deno.test("debug.channelState() shows the assigns of a channel without secrets, after what waits", async () => {
  const endpoint = createEndpoint();
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  const [{ pid } = fail()] = debug.listSockets(endpoint);
  const [{ pid: channel = fail() } = fail()] = debug.listChannels(pid);
  const ref = room.push("wait");
  const state = debug.channelState(channel);
  await client.heartbeat(); // meanwhile the handler has come to the door
  door.open();
  await room.assertReply(ref, "ok");
  assertEquals(await state, {
    topic: "room:open",
    assigns: { name: "ann", apiToken: "[redacted]" },
    phase: "running",
    messageQueueLength: 0,
  });
  await sys.suspend(channel);
  assertEquals((await debug.channelState(channel)).phase, "suspended");
  await sys.resume(channel);
});

Deno.test("debug.channelState() does not wait for ever for a channel that is busy", async () => {
  using time = new FakeTime();
  const endpoint = createEndpoint();
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  const [{ pid } = fail()] = debug.listSockets(endpoint);
  const [{ pid: channel = fail() } = fail()] = debug.listChannels(pid);
  const ref = room.push("wait");
  const late = assertRejects(() => debug.channelState(channel, { timeoutMs: 100 }), CallTimeoutError);
  await time.tickAsync(200);
  await late;
  door.open();
  await room.assertReply(ref, "ok");
});

Deno.test("a channel's crash report shows its assigns and the message without secrets", async () => {
  using crashes = new Crashes();
  await using client = await connect(createEndpoint());
  const room = await client.join("room:open");
  room.push("fail", { password: "sesame" });
  await room.assertPush("phx_error");
  const status = crashes.reports[0]?.status?.() ?? fail();
  assertEquals(status.state, { topic: "room:open", assigns: { name: "ann", apiToken: "[redacted]" } });
  assertEquals((status.lastMessage as { payload: unknown }).payload, { password: "[redacted]" });
});

Deno.test("debug refuses processes of other kinds", async () => {
  const pid = spawn(async (mailbox) => void await Array.fromAsync(mailbox), { label: "clerk" });
  assertMatch(
    String(assertThrows(() => debug.listChannels(pid))),
    /^TypeError: Cannot inspect process \d+ \(clerk\): it is no connection; pass the pid of one$/,
  );
  assertMatch(String(assertThrows(() => debug.socketOf(pid))), /it is no channel; pass the pid of one$/);
  assertMatch(String(await assertRejects(() => debug.channelState(pid))), /it is no channel; pass the pid of one$/);
  pid.exit("shutdown");
});
