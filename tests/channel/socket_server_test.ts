import { assertEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Broadcast,
  Channel,
  type ChannelSocket,
  type ExitReason,
  type From,
  type JoiningSocket,
  noreply,
  ok,
  refuse,
  reply,
  replyError,
  Socket,
  type SocketRef,
  stop,
} from "@urvogel/realtime";
import type { ServerProcess } from "../../lib/otp/server/server_process.ts";
import { Crashes } from "../support/crashes.ts";
import { FakeServer, settle } from "../support/fake_client.ts";
import { serveRoom } from "../support/room.ts";

interface User {
  user: string;
}

/** What tests look at from outside. */
const log = {
  ended: [] as ExitReason[],
  sockets: [] as ChannelSocket<User>[],
  refs: [] as SocketRef[],
  doors: [] as PromiseWithResolvers<void>[],
};

function reset(): void {
  for (const list of Object.values(log)) list.length = 0;
}

class RoomChannel extends Channel<User> {
  #count = 0;

  override async join(topic: string, params: unknown, socket: JoiningSocket<User>) {
    if (topic === "room:closed") return refuse({ reason: "closed" });
    if (topic === "room:slow") {
      const door = Promise.withResolvers<void>();
      log.doors.push(door);
      await door.promise;
    }
    if (topic === "room:trap") socket.self.trapExit = true;
    return ok({ params });
  }

  override afterJoin(socket: ChannelSocket<User>) {
    log.sockets.push(socket);
    if (socket.topic === "room:greeting") socket.push("hello", { user: socket.assigns.user });
  }

  override handleIn = this.handlers({
    echo: (payload) => reply(payload),
    count: () => reply({ count: ++this.#count }),
    later: (_payload, _socket, push) => {
      log.refs.push(push.socketRef());
      return noreply();
    },
    wait: async (payload, socket) => {
      const door = Promise.withResolvers<void>();
      log.doors.push(door);
      await door.promise;
      socket.push("waited", {});
      return reply(payload);
    },
    shout: (payload, socket) => {
      socket.broadcast("shout", payload as object);
      return noreply();
    },
    whisper: (payload, socket) => {
      socket.broadcastFrom("whisper", payload as object);
      return noreply();
    },
    follow: (payload, socket) => {
      socket.subscribeClient(String(payload));
      return reply();
    },
    listen: (payload, socket) => {
      socket.subscribe(String(payload));
      return reply();
    },
    quit: () => stop("normal"),
    "*": (payload, _socket, push) => replyError({ unknown: push.event, payload }),
  });

  override handleCall = {
    double: (n: number) => reply(2 * n),
    quit: (_: undefined, _socket: ChannelSocket<User>, from: From<unknown>) => {
      from.reply("bye");
      return stop("normal", undefined);
    },
  };

  override handleOut = this.outgoing({
    filtered: (payload, socket) => {
      socket.push("filtered", { ...payload, for: socket.assigns.user });
      return noreply();
    },
  });

  override handleInfo(message: unknown, socket: ChannelSocket<User>) {
    if (message instanceof Broadcast) socket.push("heard", { topic: message.topic, event: message.event });
    else if (message === "fail") throw new Error("asked to");
    else socket.push("info", { message });
    return noreply();
  }

  override terminate(reason: ExitReason) {
    log.ended.push(reason);
  }
}

class UserSocket extends Socket<User> {
  override channels = { "room:*": RoomChannel };
  override maxChannelsPerTransport = 3;
  override maxQueuedMessages = 5;
  override connect(params: { user?: unknown }) {
    return ok({ user: String(params.user) });
  }
  override id({ user }: User) {
    return `user:${user}`;
  }
}

async function serve() {
  reset();
  const server = new FakeServer(new UserSocket());
  return { server, ann: await server.connect({ user: "ann" }), [Symbol.dispose]: () => server[Symbol.dispose]() };
}

Deno.test("Channel.join() that is slow holds up its own topic only, whose frames keep their order", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.send("1", "1", "room:slow", "phx_join", {});
  await ann.send("1", "2", "room:slow", "echo", { n: 1 });
  await ann.send("3", "3", "room:other", "phx_join", {});
  await ann.send(null, "4", "phoenix", "heartbeat", {});
  await ann.send("1", "5", "room:slow", "echo", { n: 2 });
  assertEquals(ann.take(), [
    ["3", "3", "room:other", "phx_reply", { status: "ok", response: { params: {} } }],
    [null, "4", "phoenix", "phx_reply", { status: "ok", response: {} }],
  ]);
  log.doors[0]!.resolve();
  await settle();
  assertEquals(ann.take(), [
    ["1", "1", "room:slow", "phx_reply", { status: "ok", response: { params: {} } }],
    ["1", "2", "room:slow", "phx_reply", { status: "ok", response: { n: 1 } }],
    ["1", "5", "room:slow", "phx_reply", { status: "ok", response: { n: 2 } }],
  ]);
});

Deno.test("SocketServer settles joins of the same topic one after the other", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.send("1", "1", "room:slow", "phx_join", { n: 1 });
  await ann.send("2", "2", "room:slow", "phx_join", { n: 2 });
  log.doors[0]!.resolve();
  await settle();
  log.doors[1]!.resolve();
  await settle();
  await ann.send("2", "3", "room:slow", "phx_leave", {});
  assertEquals(ann.take(), [
    ["1", "1", "room:slow", "phx_reply", { status: "ok", response: { params: { n: 1 } } }],
    ["2", "2", "room:slow", "phx_reply", { status: "ok", response: { params: { n: 2 } } }],
    ["1", "1", "room:slow", "phx_close", {}],
    ["2", "3", "room:slow", "phx_reply", { status: "ok", response: {} }],
    ["2", "2", "room:slow", "phx_close", {}],
  ]);
});

Deno.test.each([null, false])("SocketServer takes the join's ref for a join_ref that is %s", async (joinRef) => {
  using setup = await serve();
  const { ann } = setup;
  await ann.send(joinRef, "1", "room:greeting", "phx_join", {});
  await ann.send(null, "2", "room:greeting", "echo", {});
  await ann.send("1", "3", "room:greeting", "echo", {}); // not what the join sent: dropped, as in Phoenix
  await ann.send(joinRef, "4", "room:greeting", "phx_leave", {});
  const refs = ann.take().map((message) => (message as unknown[]).slice(0, 2));
  assertEquals(refs, [[joinRef, "1"], ["1", null], ["1", "2"], ["1", "4"], [joinRef, joinRef]]);
});

Deno.test("SocketServer answers what a slow join has no room for", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.send("1", "1", "room:slow", "phx_join", {});
  for (let n = 2; n <= 7; n++) await ann.send("1", `${n}`, "room:slow", "echo", {});
  const refused = ["1", "7", "room:slow", "phx_reply", {
    status: "error",
    response: { reason: "too many messages waiting" },
  }];
  assertEquals(ann.take(), [refused]);
  log.doors[0]!.resolve();
});

Deno.test("SocketServer answers what a busy channel has no room for, and still takes a leave", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  await ann.send("1", "2", "room:a", "wait", {});
  for (let n = 3; n <= 8; n++) await ann.send("1", `${n}`, "room:a", "echo", {});
  await ann.send("1", "9", "room:a", "phx_leave", {});
  const full = { status: "error", response: { reason: "too many messages waiting" } };
  assertEquals(ann.take(), [["1", "8", "room:a", "phx_reply", full]]);
  log.doors[0]!.resolve();
  await settle();
  const refs = ann.take().map((message) => (message as unknown[])[1]);
  assertEquals(refs, [null, "2", "3", "4", "5", "6", "7", "9", "1"]);
});

Deno.test("Channel keeps its fields to itself", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  await ann.join("room:b");
  for (const topic of ["room:a", "room:a", "room:b"]) await ann.send("1", "2", topic, "count", {});
  const responses = ann.take().map((message) => (message as [0, 0, 0, 0, { response: unknown }])[4].response);
  assertEquals(responses, [{ count: 1 }, { count: 2 }, { count: 1 }]);
});

Deno.test("Channel.afterJoin() runs right after the join's reply", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.send("1", "1", "room:greeting", "phx_join", {});
  assertEquals(ann.take(), [
    ["1", "1", "room:greeting", "phx_reply", { status: "ok", response: { params: {} } }],
    ["1", null, "room:greeting", "hello", { user: "ann" }],
  ]);
});

Deno.test('Channel.handleIn["*"] gets what no other handler takes, names of Object.prototype too', async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  for (const event of ["nope", "constructor", "__proto__", "toString"]) {
    await ann.send("1", "2", "room:a", event, { x: 1 });
    const response = { unknown: event, payload: { x: 1 } };
    assertEquals(ann.take(), [["1", "2", "room:a", "phx_reply", { status: "error", response }]]);
  }
});

Deno.test("SocketRef.reply() reaches the client though the channel has ended", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  await ann.send("1", "2", "room:a", "later", {});
  await ann.send("1", "3", "room:a", "phx_leave", {});
  ann.take();
  log.refs[0]!.reply({ late: true });
  log.refs[0]!.reply({ reason: "no" }, "error");
  assertEquals(ann.take(), [
    ["1", "2", "room:a", "phx_reply", { status: "ok", response: { late: true } }],
    ["1", "2", "room:a", "phx_reply", { status: "error", response: { reason: "no" } }],
  ]);
});

Deno.test("ChannelSocket refuses the late effects of a channel that has ended", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  const [socket] = log.sockets;
  await ann.send("1", "2", "room:a", "wait", {});
  socket!.self.exit("kill");
  assertEquals(ann.take(), [["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]]);
  log.doors[0]!.resolve();
  await settle();
  assertEquals(ann.take(), []);
  assertThrows(() => socket!.broadcast("shout", {}), Error, 'channel of "room:a" has ended');
});

Deno.test("ChannelSocket.broadcastFrom() reaches all members but this one, intercepted events each in its own way", async () => {
  using setup = await serve();
  const { server, ann } = setup;
  const bob = await server.connect({ user: "bob" });
  await ann.join("room:a");
  await bob.join("room:a");
  await ann.send("1", "2", "room:a", "whisper", { x: 1 });
  assertEquals(ann.take(), []);
  assertEquals(bob.take(), [[null, null, "room:a", "whisper", { x: 1 }]]);
  server.pubsub.broadcast("room:a", "filtered", { x: 2 });
  await settle();
  assertEquals(ann.take(), [["1", null, "room:a", "filtered", { x: 2, for: "ann" }]]);
  assertEquals(bob.take(), [["1", null, "room:a", "filtered", { x: 2, for: "bob" }]]);
});

Deno.test("JoiningSocket.subscribeClient() lets the client hear a topic that it never joined, until the channel ends", async () => {
  using setup = await serve();
  const { server, ann } = setup;
  await ann.join("room:a");
  await ann.send("1", "2", "room:a", "follow", "doc:1");
  ann.take();
  server.pubsub.broadcast("doc:1", "subscription:data", { n: 1 });
  assertEquals(ann.take(), [[null, null, "doc:1", "subscription:data", { n: 1 }]]);
  await ann.send("1", "3", "room:a", "phx_leave", {});
  ann.take();
  server.pubsub.broadcast("doc:1", "subscription:data", { n: 2 });
  assertEquals(ann.take(), []);
  assertEquals(server.pubsub.topicCount, 1); // the socket's id
});

Deno.test("JoiningSocket.subscribe() brings broadcasts of another topic to handleInfo", async () => {
  using setup = await serve();
  const { server, ann } = setup;
  await ann.join("room:a");
  await ann.send("1", "2", "room:a", "listen", "news");
  ann.take();
  server.pubsub.broadcast("news", "headline", {});
  await settle();
  assertEquals(ann.take(), [["1", null, "room:a", "heard", { topic: "news", event: "headline" }]]);
});

Deno.test("Channel.handleInfo() gets what is sent to the channel's process", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  log.sockets[0]!.self.send("hi");
  await settle();
  assertEquals(ann.take(), [["1", null, "room:a", "info", { message: "hi" }]]);
});

Deno.test("Channel that throws tells its client, ends with the error, and leaves other topics alone", async () => {
  using crashes = new Crashes();
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  await ann.join("room:b");
  log.sockets[0]!.self.send("fail");
  await settle();
  assertEquals(ann.take(), [["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]]);
  assertEquals(crashes.messages, ["asked to"]);
  assertEquals(log.ended, [crashes.reports[0]!.error]);
  await ann.send("1", "2", "room:b", "echo", {});
  assertEquals(ann.take().length, 1);
});

Deno.test("Channel.handleCall answers calls to its process, and may end it", async () => {
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:a");
  const process = log.sockets[0]!.self as unknown as ServerProcess<undefined>;
  assertEquals(await process.call("double", 21), 42);
  assertEquals(await process.call("quit"), "bye");
  await settle();
  assertEquals(ann.take(), [["1", "1", "room:a", "phx_close", {}]]);
});

Deno.test("SocketServer handles what came before a second join in the same turn, as a post of long polling", async () => {
  const said: unknown[] = [];
  using server = serveRoom(() => ({
    handleIn: {
      say: (payload) => {
        said.push(payload);
        return reply({ count: said.length });
      },
    },
    terminate: (reason) => void said.push(reason),
  }));
  const client = await server.connect({ user: "ann" });
  await client.join("room:a");
  client.receive(JSON.stringify(["1", "2", "room:a", "say", { n: 1 }]));
  client.receive(JSON.stringify(["1", "3", "room:a", "phx_leave", {}]));
  client.receive(JSON.stringify(["4", "4", "room:a", "phx_join", {}]));
  await settle();
  assertEquals(said, [{ n: 1 }, { shutdown: "left" }]);
  const frames = client.take() as [unknown, unknown, unknown, string, object][];
  assertEquals(frames.map(([joinRef, ref, , event, payload]) => [joinRef, ref, event, payload]), [
    ["4", "4", "phx_reply", { status: "ok", response: {} }],
    ["1", "2", "phx_reply", { status: "ok", response: { count: 1 } }],
    ["1", "3", "phx_reply", { status: "ok", response: {} }],
    ["1", "1", "phx_close", {}],
  ]);
});

Deno.test("SocketServer ends a replaced channel by force when it traps exits and stays", async () => {
  using time = new FakeTime();
  using setup = await serve();
  const { ann } = setup;
  await ann.join("room:trap");
  await ann.send("1", "2", "room:trap", "wait", {}); // it will not read its Exit message in time
  await ann.send("3", "3", "room:trap", "phx_join", {});
  await time.tickAsync(4999);
  await settle();
  assertEquals(ann.take(), []);
  await time.tickAsync(1);
  await settle();
  assertEquals(ann.take(), [
    ["3", "3", "room:trap", "phx_reply", { status: "ok", response: { params: {} } }],
    ["1", "1", "room:trap", "phx_close", {}],
  ]);
  ann.hangUp();
  await settle();
});

Deno.test("SocketServer.close() ends channels with the reason once they have dealt with what waits", async () => {
  const { server, ann } = await serve();
  await ann.join("room:a");
  await ann.join("room:b");
  await ann.send("1", "2", "room:slow", "phx_join", {});
  const before = server.channels.size;
  ann.hangUp({ shutdown: "peer_closed" });
  await settle();
  assertEquals(before, 3);
  assertEquals(server.channels.size, 0);
  assertEquals(server.pubsub.topicCount, 0);
  assertEquals(log.ended, [{ shutdown: "peer_closed" }, { shutdown: "peer_closed" }]);
  log.doors[0]!.resolve(); // the join that nobody waits for any more
  await settle();
});

Deno.test("SocketServer closes the connection when its id is disconnected", async () => {
  using setup = await serve();
  const { server, ann } = setup;
  const bob = await server.connect({ user: "bob" });
  server.pubsub.broadcast("user:ann", "disconnect", {});
  await settle();
  assertEquals(ann.connection.closedWith, { code: 1001, options: { reason: "disconnected" } });
  assertEquals(bob.connection.closedWith, undefined);
});

Deno.test("SocketServer turns away a join beyond maxChannelsPerTransport, slow ones counted", async () => {
  using setup = await serve();
  const { ann } = setup;
  for (const topic of ["room:slow", "room:a", "room:b", "room:c"]) await ann.send("1", "1", topic, "phx_join", {});
  assertEquals(ann.take().at(-1), [
    "1",
    "1",
    "room:c",
    "phx_reply",
    { status: "error", response: { reason: "too many channels joined" } },
  ]);
  await ann.send("1", "2", "room:a", "quit", {});
  ann.take();
  await ann.send("1", "3", "room:c", "phx_join", {});
  assertEquals((ann.take() as [0, 0, 0, 0, { status: string }][])[0]![4].status, "ok");
});
