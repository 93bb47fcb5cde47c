import { assert, assertEquals, AssertionError, assertMatch, assertRejects, assertThrows, fail } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Channel,
  type ChannelSocket,
  type ConnectInfo,
  Endpoint,
  type IncomingPush,
  type JsonOrBytes,
  listProcesses,
  noreply,
  ok,
  type Params,
  refuse,
  reply,
  replyError,
  sendAfter,
  Socket,
  type SocketDriver,
  stop,
} from "@urvogel/realtime";
import { connect, connectOverNetwork, ConnectRefusedError, JoinRefusedError, settle } from "@urvogel/realtime/testing";
import { errorText } from "../support/error_text.ts";
import { Crashes } from "../support/crashes.ts";
import { serve } from "../support/serve.ts";
import { Failures } from "../support/telemetry.ts";

interface User {
  name: string;
  address: string | undefined;
}

class RoomChannel extends Channel<User> {
  override join(topic: string, params: unknown) {
    return topic === "room:closed" ? refuse({ reason: "closed" }) : ok({ topic, params });
  }
  override afterJoin(socket: ChannelSocket<User>) {
    socket.push("welcome", { name: socket.assigns.name });
  }
  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    fail: () => replyError({ reason: "no" }),
    say: (payload, socket) => {
      socket.broadcast("said", { from: socket.assigns.name, payload });
      return noreply();
    },
    whisper: (payload, socket) => {
      socket.broadcastFrom("whispered", { payload });
      return noreply();
    },
    later: (payload, socket, push: IncomingPush) => {
      sendAfter(socket.self, { answer: push.socketRef(), payload }, 5000);
      return noreply();
    },
    follow: (payload, socket) => {
      socket.subscribeClient(String(payload));
      return reply();
    },
    whoami: (_payload, socket) => reply({ ...socket.assigns }),
    bye: () => stop("normal"),
    crash: () => {
      throw new Error("asked to");
    },
  });
  override handleInfo(message: unknown) {
    const { answer, payload } = message as { answer: ReturnType<IncomingPush["socketRef"]>; payload: JsonOrBytes };
    answer.reply(payload);
    return noreply();
  }
}

class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override connect(params: Params, info: ConnectInfo) {
    if (params.name === "nobody") return refuse({ reason: "unknown" });
    return ok({ name: String(params.name ?? "ann"), address: info.peerData?.hostname });
  }
  override id({ name }: User) {
    return `user:${name}`;
  }
}

Deno.test("connect() gives a client that joins, pushes and hears, without a network", async () => {
  await using client = await connect(UserSocket, { name: "bob" });
  const room = await client.subscribeAndJoin("room:1", { x: 1 });
  assertEquals(room.joinReply, { topic: "room:1", params: { x: 1 } });
  await room.assertPush("welcome", { name: "bob" });
  assertEquals(await room.assertReply(room.push("echo", { deep: [1, { a: 2 }] }), "ok"), { deep: [1, { a: 2 }] });
  await room.assertReply(room.push("fail"), "error", { reason: "no" });
  room.push("say", "hello");
  await room.assertBroadcast("said", { from: "bob", payload: "hello" });
  await room.assertPush("said", { from: "bob" });
});

Deno.test("connect() tells the socket what it is given", async () => {
  const connectInfo = { peerData: { hostname: "10.0.0.1", port: 1 } };
  await using client = await connect(UserSocket, {}, { connectInfo });
  const room = await client.join("room:1");
  await room.assertReply(room.push("whoami"), "ok", { name: "ann", address: "10.0.0.1" });
});

Deno.test("connect() throws what the socket refused with, and a join likewise", async () => {
  const error = await assertRejects(() => connect(UserSocket, { name: "nobody" }), ConnectRefusedError);
  assertEquals((error.reason as { reason: string }).reason, "unknown");
  await using client = await connect(UserSocket);
  {
    const error = await assertRejects(() => client.join("room:closed"), JoinRefusedError);
    assertEquals(error.response, { reason: "closed" });
  }
});

Deno.test("connect() lets clients of one endpoint meet", async () => {
  await using endpoint = new Endpoint({ sockets: { "/chat": UserSocket } });
  await using ann = await connect(endpoint, { name: "ann" }, { path: "/chat" });
  await using bob = await connect(endpoint, { name: "bob" }, { path: "/chat" });
  const [annRoom, bobRoom] = [await ann.join("room:1"), await bob.join("room:1")];
  annRoom.push("whisper", "psst");
  await bobRoom.assertPush("whispered", { payload: "psst" });
  await annRoom.refutePush("whispered");
  endpoint.disconnect("user:bob");
  await bob.assertClosed(1001);
  await ann.refuteClosed();
  await assertRejects(() => connect(endpoint), Error, 'nothing is mounted at "/socket", only at "/chat"');
});

Deno.test("TestChannel.broadcastFrom() reaches the client, and is no broadcast of the server", async () => {
  await using client = await connect(UserSocket);
  const room = await client.subscribeAndJoin("room:1");
  room.broadcastFrom("news", { n: 1 });
  await room.assertPush("news", { n: 1 });
  await room.refuteBroadcast("news");
});

Deno.test("TestChannel expects each message once, the oldest that fits first", async () => {
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  for (const n of [1, 2, 3]) room.push("say", n);
  assertEquals(await room.assertPush("said", { payload: (n) => Number(n) > 1 }), { from: "ann", payload: 2 });
  assertEquals(await room.assertPush("said"), { from: "ann", payload: 1 });
  assertEquals(await room.assertPush("said"), { from: "ann", payload: 3 });
  await room.refutePush("said");
});

Deno.test("TestChannel says what came instead when an assertion fails, and does not wait for it", async () => {
  await using client = await connect(UserSocket, {}, { timeoutMs: 60_000 });
  const room = await client.join("room:1");
  const error = await assertRejects(() => room.assertPush("said", { from: "bob" }), AssertionError);
  assertMatch(error.message, /^Expected a push "said" with \{"from":"bob"\}, but there was only:\n.*"welcome"/);
  assertMatch(
    String(await assertRejects(() => room.refutePush("welcome"))),
    /Expected no push "welcome", but there was .*"ann"/,
  );
  await assertRejects(() => room.assertReply(room.push("echo", 1), "error"), AssertionError);
  await assertRejects(() => client.assertClosed(1000), Error, "but there was nothing");
});

/** The lines of the error that an assertion fails with. */
async function linesOf(assertion: Promise<unknown>): Promise<string[]> {
  const error = await assertion.then(() => fail("it did not fail"), (error) => error);
  assert(error instanceof AssertionError, String(error));
  return error.message.split("\n");
}

Deno.test("TestChannel names the push whose reply does not come, and lists what did", async () => {
  await using client = await connect(UserSocket);
  const room = await client.subscribeAndJoin("room:1");
  const ref = room.push("fail");
  assertEquals(await linesOf(room.assertReply(ref, "ok", { done: true })), [
    `Expected a reply "ok" to push ${ref} "fail" with {"done":true}, but there was only:`,
    `  reply "error" to push ${ref} "fail" with {"reason":"no"}`,
    '  push "welcome" with {"name":"ann"}',
  ]);
  assertEquals(await linesOf(room.assertPush("said")), [
    'Expected a push "said", but there was only:',
    '  push "welcome" with {"name":"ann"}',
    `  reply "error" to push ${ref} "fail" with {"reason":"no"}`,
  ]);
  assertEquals(await linesOf(room.refuteReply(ref, "error")), [
    `Expected no reply "error" to push ${ref} "fail", but there was reply "error" to push ${ref} "fail" with {"reason":"no"}`,
  ]);
  await room.assertPush("welcome");
  const leave = room.leave();
  await room.assertReply(leave, "ok");
  await room.assertPush("phx_close");
  assertEquals(await linesOf(room.assertBroadcast("said")), [
    'Expected a broadcast "said", but there was nothing',
    'The channel has ended: the client got "phx_close" with {}, its reason is shutdown: left.',
  ]);
});

Deno.test("TestChannel says why its channel has ended when nothing comes any more", async () => {
  using _crashes = new Crashes();
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  await room.assertPush("welcome");
  const ref = room.push("crash");
  assertEquals(await linesOf(room.assertReply(ref, "ok")), [
    `Expected a reply "ok" to push ${ref} "crash", but there was only:`,
    '  push "phx_error" with {"reason":"channel_crash"}',
    'The channel has ended: the client got "phx_error" with {"reason":"channel_crash"}, its reason is Error: asked to.',
  ]);
  await room.assertPush("phx_error");
  const again = await client.join("room:1");
  await again.assertPush("welcome");
  assertEquals(await linesOf(again.assertPush("said")), ['Expected a push "said", but there was nothing']);
});

Deno.test("TestChannel says that the connection was closed", async () => {
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  await room.assertPush("welcome");
  client.sendFrame("garbage");
  const lines = await linesOf(room.assertPush("said"));
  assertEquals(lines.at(-1), 'The connection was closed with 1007 "malformed message".');
  assertEquals(await linesOf(client.assertClosed(1000)), [
    "Expected the connection to be closed with 1000, but there was only:",
    '  closed with 1007 "malformed message"',
  ]);
});

Deno.test("TestChannel names the processes that are still at work when time is up", async () => {
  const gate = Promise.withResolvers<void>();
  class BusyChannel extends RoomChannel {
    override handleIn = this.handlers({
      wait: async () => {
        await gate.promise;
        return reply();
      },
    }) as unknown as RoomChannel["handleIn"];
  }
  class BusySocket extends UserSocket {
    override channels = { "room:*": BusyChannel };
  }
  await using client = await connect(BusySocket, {}, { timeoutMs: 5 });
  const room = await client.join("room:1");
  await room.assertPush("welcome");
  const ref = room.push("wait");
  assertEquals(await linesOf(room.assertReply(ref, "ok")), [
    `Expected a reply "ok" to push ${ref} "wait", but there was nothing`,
    'After 5 ms something was still at work: BusyChannel "room:1", it is busy with handleIn "wait".',
  ]);
  gate.resolve();
  await room.assertReply(ref, "ok");
});

Deno.test("TestClient.refresh() waits for a refresh that takes its time, and names it when time is up", async () => {
  const gate = Promise.withResolvers<void>();
  class SlowSocket extends UserSocket {
    override async refresh() {
      await gate.promise;
      return ok();
    }
  }
  using _time = new FakeTime(); // does not move, as real time that other work needs
  await using client = await connect(SlowSocket, {}, { timeoutMs: 5 });
  assertEquals(await linesOf(client.refresh({})), [
    "Expected an answer to the refresh, but there was nothing",
    "After 5 ms something was still at work: SlowSocket user:ann, it is busy with refresh.",
  ]);
  assertEquals(await settle({ timeoutMs: 5 }), "busy");
  gate.resolve();
  assertEquals(await settle(), "idle");
  assertEquals((await client.refresh({})).status, "ok");
});

Deno.test("TestChannel lists the latest of many messages, and shows the beginning of large ones", async () => {
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  for (let n = 0; n < 30; n++) room.push("say", n);
  room.push("say", "x".repeat(5000));
  const lines = await linesOf(room.assertPush("missing", { big: 1n }));
  assertEquals(lines[0], 'Expected a push "missing" with {"big":1n}, but there was only:');
  assertEquals(lines[1], "  12 earlier ones");
  assertEquals(lines.length, 22);
  assertMatch(lines.at(-1) ?? "", /^ {2}push "said" with .{1000}…$/);
});

Deno.test("TestChannel waits in fake time for what a channel does later", async () => {
  using time = new FakeTime();
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  const ref = room.push("later", { x: 1 });
  await room.refuteReply(ref, "ok");
  time.tick(5000);
  await room.assertReply(ref, "ok", { x: 1 });
});

Deno.test("TestChannel hears of its channel's end", async () => {
  using crashes = new Crashes();
  await using client = await connect(UserSocket);
  const rooms = await Promise.all(["room:1", "room:2", "room:3"].map((topic) => client.join(topic)));
  rooms[0]!.push("bye");
  await rooms[0]!.assertPush("phx_close");
  rooms[1]!.push("crash");
  await rooms[1]!.assertPush("phx_error", { reason: "channel_crash" });
  assertEquals(crashes.messages, ["asked to"]);
  const ref = rooms[2]!.leave();
  await rooms[2]!.assertReply(ref, "ok");
  await rooms[2]!.assertPush("phx_close");
});

Deno.test("TestClient speaks to topics that it never joined, and says what no client in order would", async () => {
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  await room.assertReply(room.push("follow", "room:2"), "ok");
  await using other = await connect(UserSocket);
  assertEquals(await settle(), "idle");
  const ref = client.send({ topic: "room:9", event: "echo" });
  assert(client.frames.some((frame) => String(frame).includes(`"${ref}","room:9","phx_reply",{"status":"error"`)));
  await client.heartbeat();
  client.sendFrame("garbage");
  await client.assertClosed(1007);
  await other.refuteClosed();
});

Deno.test("TestClient.assertMessage() finds what comes for a topic that the client never joined", async () => {
  await using endpoint = new Endpoint({ sockets: { "/socket": UserSocket } });
  await using client = await connect(endpoint);
  const room = await client.join("room:1");
  await room.assertReply(room.push("follow", "elsewhere"), "ok");
  endpoint.broadcast("elsewhere", "news", { n: 1 });
  assertEquals(await client.assertMessage("elsewhere", "news"), { n: 1 });
});

Deno.test("TestClient carries bytes both ways", async () => {
  await using client = await connect(UserSocket);
  const room = await client.join("room:1");
  const bytes = new Uint8Array([0, 255, 7]);
  await room.assertReply(room.push("echo", bytes), "ok", bytes);
});

Deno.test("TestClient.close() ends its channels, and leaves nothing behind", async () => {
  const before = listProcesses().length;
  const client = await connect(UserSocket);
  await client.subscribeAndJoin("room:1");
  await client.close();
  await client.close();
  assertEquals(await settle(), "idle");
  assertEquals(listProcesses().length, before);
});

Deno.test("connectOverNetwork() gives the same client over a real WebSocket", async () => {
  await using server = serve(new Endpoint({ sockets: { "/socket": UserSocket } }));
  await using client = await connectOverNetwork(`${server.wsUrl}/socket`, { name: "zoë" }, { timeoutMs: 5000 });
  const room = await client.join("room:1");
  await room.assertPush("welcome", { name: "zoë" });
  await room.assertReply(room.push("echo", { x: 1 }), "ok", { x: 1 });
  await assertRejects(() => client.subscribeAndJoin("room:2"), Error, "the server is not in this program");
  assertThrows(() => room.broadcastFrom("x", {}), Error, "the server is not in this program");
  client.sendFrame("garbage");
  await client.assertClosed(1007);
});

Deno.test("connectOverNetwork() fails when the server refuses", async () => {
  await using server = serve(new Endpoint({ sockets: { "/socket": UserSocket } }));
  assertMatch(
    String(await assertRejects(() => connectOverNetwork(`${server.wsUrl}/socket`, { name: "nobody" }))),
    /^Error: Cannot connect to ws:.*\/socket\/websocket: .*403$/,
  );
});

Deno.test("connectOverNetwork() sends a token as phoenix.js 1.8 does", async () => {
  class TokenSocket extends Socket<{ authToken: string }> {
    override channels = {};
    override connect(_params: Params, { authToken }: ConnectInfo) {
      return authToken === "s3cr+t/==é" ? ok({ authToken }) : refuse();
    }
  }
  await using server = serve(
    new Endpoint({ sockets: { "/socket": [TokenSocket, { websocket: { authToken: true } }] } }),
  );
  await using client = await connectOverNetwork(`${server.wsUrl}/socket`, {}, { authToken: "s3cr+t/==é" });
  await client.heartbeat();
  await assertRejects(() => connectOverNetwork(`${server.wsUrl}/socket`, {}, { authToken: "wrong" }), Error, "403");
});

const failing: readonly [when: string, handleIn: () => void | Promise<void>][] = [
  ["throws", () => {
    throw new Error("boom");
  }],
  ["rejects", () => Promise.reject(new Error("boom"))],
];
Deno.test.each(failing)("connect() shows the end of a connection whose driver %s", async (_when, handleIn) => {
  using failures = new Failures();
  const ends: unknown[] = [];
  const driver: SocketDriver = {
    connect: () => ok({ open: () => ({ handleIn, close: (reason) => void ends.push(reason) }) }),
  };
  await using endpoint = new Endpoint({ sockets: { "/socket": driver } });
  await using client = await connect(endpoint);
  client.sendFrame("x");
  await client.assertClosed(1011);
  assertEquals(await settle(), "idle");
  assertEquals([ends.map(errorText), failures.messages], [["Error: boom"], ["boom"]]);
});

Deno.test("connect() counts as a connection of the endpoint, which shutdown() closes, and refuses others", async () => {
  const ended: unknown[] = [];
  class LeavingChannel extends RoomChannel {
    override terminate(reason: unknown) {
      ended.push(reason);
    }
  }
  class LeavingSocket extends Socket<User> {
    override channels = { "room:*": LeavingChannel };
    override connect() {
      return ok({ name: "ann", address: undefined });
    }
  }
  using _time = new FakeTime(); // nobody waits for a client that does not go
  const endpoint = new Endpoint({ sockets: { "/socket": LeavingSocket } });
  const ann = await connect(endpoint);
  const bob = await connect(endpoint);
  await ann.join("room:a");
  await bob.close();
  assertEquals(endpoint.connectionCount, 1);
  await endpoint.shutdown();
  await ann.assertClosed(1012);
  assertEquals([endpoint.connectionCount, ended], [0, [{ shutdown: "restart" }]]);
  await assertRejects(() => connect(endpoint), ConnectRefusedError);
});
