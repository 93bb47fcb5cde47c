import { assertEquals, assertRejects } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import {
  Channel,
  type ChannelSocket,
  type ExitReason,
  type JoiningSocket,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  Socket,
  stop,
} from "@urvogel/realtime";
import { connect, ConnectRefusedError, settle } from "@urvogel/realtime/testing";
import { timers } from "../../lib/base/timer_wheel.ts";
import { Collected, Failures } from "../support/telemetry.ts";

interface User {
  readonly user: string;
  readonly role: string;
  readonly expiresAtMs: number;
}

/** What tests look at, and the door that `refresh` waits at if there is one. */
const world = {
  ended: [] as ExitReason[],
  heard: [] as unknown[],
  door: undefined as PromiseWithResolvers<void> | undefined,
};

class RoomChannel extends Channel<User> {
  override async join(topic: string, _params: unknown, socket: JoiningSocket<User>) {
    if (topic === "room:slow") await world.door?.promise;
    return ok({ role: socket.assigns.role });
  }
  override handleIn = this.handlers({
    who: (_payload, { assigns }) => reply({ role: assigns.role }),
  });
  override handleRefresh(socket: ChannelSocket<User>) {
    world.heard.push([socket.topic, socket.assigns.role]);
    return socket.assigns.role === "nobody" ? stop("normal") : noreply();
  }
  override terminate(reason: ExitReason) {
    world.ended.push(reason);
  }
}

class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override connect({ inMs }: Params) {
    const expiresAtMs = inMs === undefined ? Infinity : Date.now() + Number(inMs);
    return ok({ user: "ann", role: "guest", expiresAtMs });
  }
  override id({ user }: User) {
    return `user:${user}`;
  }
  override expiresAtMs({ expiresAtMs }: User) {
    return expiresAtMs;
  }
  override async refresh(payload: unknown, assigns: User) {
    const { inMs = Infinity, ...more } = payload as { inMs?: number } & Partial<User> & { refuse?: unknown };
    await world.door?.promise;
    if (more.refuse === "crash") throw new Error("asked to");
    if (more.refuse === "rubbish") return {} as never;
    if (more.refuse === "bigint") return refuse(1n);
    if (more.refuse === "same") return ok();
    if (more.refuse !== undefined) return refuse(more.refuse);
    return ok({ ...assigns, ...more, expiresAtMs: Date.now() + inMs });
  }
}

/** Starts anew in fake time. */
function setUp(): FakeTime {
  world.ended.length = world.heard.length = 0;
  world.door = undefined;
  return new FakeTime();
}

const expire = { inMs: "1000" };

Deno.test("Socket.expiresAtMs() ends channels and connection when the time has come", async () => {
  using time = setUp();
  await using client = await connect(UserSocket, expire);
  const room = await client.join("room:1");
  const other = await client.join("room:2");
  time.tick(999);
  await client.refuteClosed();
  time.tick(1);
  for (const channel of [room, other]) await channel.assertPush("phx_error", { reason: "token expired" });
  assertEquals(await client.assertClosed(4401), { code: 4401, text: "token expired" });
  await room.refutePush("phx_close");
  assertEquals(world.ended, [{ shutdown: "expired" }, { shutdown: "expired" }]);
  assertEquals(timers.size, 0);
});

Deno.test("Socket.expiresAtMs() ends a connection that is joining, and the join with it", async () => {
  using time = setUp();
  world.door = Promise.withResolvers();
  await using client = await connect(UserSocket, expire);
  client.send({ joinRef: "1", topic: "room:slow", event: "phx_join" });
  time.tick(1000);
  await client.assertClosed(4401);
  world.door.resolve();
  await settle();
  assertEquals(client.frames, []);
});

Deno.test("Socket.expiresAtMs() is Infinity by default, and costs no timer", async () => {
  using _time = setUp();
  class PlainSocket extends Socket {
    override channels = {};
    override connect = () => ok();
  }
  for (const target of [PlainSocket, UserSocket]) {
    await using _client = await connect(target);
    assertEquals(timers.size, 0);
  }
});

Deno.test("Socket.expiresAtMs() refuses a client whose time is over", async () => {
  using _time = setUp();
  for (const inMs of ["0", "-1", "-Infinity"]) {
    await assertRejects(() => connect(UserSocket, { inMs }), ConnectRefusedError, "token expired");
  }
  assertEquals(timers.size, 0);
});

Deno.test("Socket.expiresAtMs() that returns no time is a failure of connect", async () => {
  using _time = setUp();
  await assertRejects(
    () => connect(UserSocket, { inMs: "soon" }),
    TypeError,
    "Cannot connect socket: expiresAtMs must return milliseconds since 1970, returned NaN",
  );
});

Deno.test("A client that goes before its time leaves no timer", async () => {
  using _time = setUp();
  const client = await connect(UserSocket, expire);
  assertEquals(timers.size, 1);
  await client.close();
  assertEquals(timers.size, 0);
});

Deno.test("Socket.refresh() sets the time anew, and gives its assigns to channels, old and new, in order", async () => {
  using time = setUp();
  await using client = await connect(UserSocket, expire);
  const room = await client.join("room:1");
  room.push("who");
  const { status, response } = await client.refresh({ role: "host", inMs: 5000 });
  assertEquals([status, response], ["ok", {}]);
  await room.assertReply("2", "ok", { role: "guest" });
  await room.assertReply(room.push("who"), "ok", { role: "host" });
  assertEquals((await client.join("room:2")).joinReply, { role: "host" });
  assertEquals(world.heard, [["room:1", "host"]]);
  time.tick(4999);
  await client.refuteClosed();
  time.tick(1);
  await client.assertClosed(4401);
});

Deno.test("Socket.refresh() may give a time to a connection without, and take it", async () => {
  using time = setUp();
  await using client = await connect(UserSocket);
  await client.refresh({ inMs: 100 });
  assertEquals(timers.size, 1);
  await client.refresh({});
  assertEquals(timers.size, 0);
  time.tick(1_000_000);
  await client.refuteClosed();
});

Deno.test("Socket.refresh() may answer ok(): nothing changes but that channels hear of it", async () => {
  using time = setUp();
  await using client = await connect(UserSocket, expire);
  await client.join("room:1");
  assertEquals((await client.refresh({ refuse: "same" })).status, "ok");
  await settle();
  assertEquals(world.heard, [["room:1", "guest"]]);
  time.tick(1000);
  await client.assertClosed(4401);
});

Deno.test("Channel.handleRefresh() may stop where the client may no longer be", async () => {
  using _time = setUp();
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  await client.refresh({ role: "nobody" });
  await room.assertPush("phx_close");
  assertEquals(world.ended, ["normal"]);
  await client.refuteClosed();
});

Deno.test("Channel.handleRefresh() is told of a refresh that came while the channel joined", async () => {
  using _time = setUp();
  world.door = Promise.withResolvers();
  await using client = await connect(UserSocket);
  client.send({ joinRef: "1", topic: "room:slow", event: "phx_join" });
  const refreshed = client.refresh({ role: "host" });
  world.door.resolve();
  assertEquals((await refreshed).status, "ok");
  await settle();
  assertEquals(world.heard, [["room:slow", "host"]]);
});

const refusals: [payload: object, response: unknown, failures: string[]][] = [
  [{ refuse: { why: "too old" } }, { why: "too old" }, []],
  [{ refuse: "text" }, "text", []],
  [{ user: "bob" }, { reason: "another id" }, []],
  [{ inMs: 0 }, { reason: "token expired" }, []],
  [{ refuse: "crash" }, { reason: "refresh crashed" }, ["asked to"]],
  [{ refuse: "rubbish" }, { reason: "refresh crashed" }, [
    "Cannot refresh socket: refresh must return ok(assigns) or refuse(reason)",
  ]],
  [{ inMs: "soon" }, { reason: "refresh crashed" }, [
    "Cannot connect socket: expiresAtMs must return milliseconds since 1970, returned string",
  ]],
];
Deno.test.each(refusals)(
  "Socket.refresh() with %j changes nothing when it is refused",
  async (payload, response, messages) => {
    using time = setUp();
    using failures = new Failures();
    await using client = await connect(UserSocket, expire);
    const room = await client.join("room:1");
    const { status, response: answer } = await client.refresh(payload);
    assertEquals([status, answer, failures.messages], ["error", response, messages]);
    await room.assertReply(room.push("who"), "ok", { role: "guest" });
    assertEquals(world.heard, []);
    time.tick(1000);
    await client.assertClosed(4401);
  },
);

Deno.test("Socket.refresh() is refused when the old token expires before the new one is accepted", async () => {
  using time = setUp();
  await using client = await connect(UserSocket, expire);
  const room = await client.join("room:1");
  // The date is put forward: the time is over, and nothing has noticed that yet.
  const now = Date.now;
  using _date = stub(Date, "now", () => now.call(Date) + 1000);
  const { status, response } = await client.refresh({ role: "host", inMs: 5000 });
  assertEquals([status, response], ["error", { reason: "token expired" }]);
  await room.assertReply(room.push("who"), "ok", { role: "guest" });
  assertEquals(world.heard, []);
  time.tick(60_000);
  await client.assertClosed(4401);
});

Deno.test("Socket.refresh() whose refusal is no JSON value is answered all the same", async () => {
  using _time = setUp();
  using failures = new Failures();
  await using client = await connect(UserSocket);
  const { status, response } = await client.refresh({ refuse: "bigint" });
  assertEquals([status, response], ["error", { reason: "refresh crashed" }]);
  assertEquals(failures.messages.length, 1);
  await client.heartbeat();
});

Deno.test("Socket.refresh() is no message by default", async () => {
  using _time = setUp();
  class PlainSocket extends Socket {
    override channels = {};
    override connect = () => ok();
  }
  await using client = await connect(PlainSocket);
  const { status, response } = await client.refresh({ token: "new" });
  assertEquals([status, response], ["error", { reason: "unmatched topic" }]);
});

Deno.test("Socket.refresh() is asked about one token at a time, and not too often", async () => {
  using time = setUp();
  using hits = new Collected<{ limit: string }>("urvogel:limit:hit");
  world.door = Promise.withResolvers();
  await using client = await connect(UserSocket);
  const first = client.refresh({ role: "first" });
  assertEquals((await client.refresh({ role: "second" })).response, { reason: "too many messages waiting" });
  world.door.resolve();
  assertEquals((await first).status, "ok");
  for (let i = 0; i < 9; i++) assertEquals((await client.refresh({})).status, "ok");
  assertEquals((await client.refresh({})).response, { reason: "too many messages per second" });
  time.tick(1000);
  assertEquals((await client.refresh({})).status, "ok");
  assertEquals(hits.events.map(({ limit }) => limit), ["refreshRate", "refreshRate"]);
});

Deno.test("Socket.refresh() that ends after the connection has no effect", async () => {
  using time = setUp();
  world.door = Promise.withResolvers();
  const client = await connect(UserSocket, expire);
  client.send({ topic: "phoenix", event: "refresh", payload: { inMs: 5000 } });
  time.tick(1000);
  await client.assertClosed(4401);
  world.door.resolve();
  await settle();
  assertEquals([client.frames, timers.size], [[], 0]);
});
