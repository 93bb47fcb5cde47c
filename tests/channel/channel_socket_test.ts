import {
  assert,
  assertEquals,
  assertMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  Broadcast,
  CallExitError,
  type ChannelSocket,
  type JoiningSocket,
  noreply,
  ok,
  refuse,
  reply,
  type ServerRef,
} from "@urvogel/realtime";
import { Crashes } from "../support/crashes.ts";
import { settle } from "../support/fake_client.ts";
import { type Callbacks, serveRoom, type User } from "../support/room.ts";

/** A server whose channels hand their sockets to the test. */
function serveSockets(callbacks: Callbacks = {}) {
  const sockets: ChannelSocket<User>[] = [];
  const server = serveRoom(() => ({
    afterJoin(socket) {
      sockets.push(socket);
    },
    ...callbacks,
  }));
  return { server, sockets, [Symbol.dispose]: () => server[Symbol.dispose]() };
}

Deno.test("ChannelSocket knows its topic, id, transport, assigns and processes", async () => {
  using setup = serveSockets();
  const { server, sockets } = setup;
  const ann = await server.connect({ user: "ann" });
  await ann.join("room:a");
  await (await server.connect({ user: "nobody" })).join("room:a");
  const [socket, other] = sockets as [ChannelSocket<User>, ChannelSocket<User>];
  assertEquals([socket.topic, socket.id, socket.transport], ["room:a", "user:ann", "test"]);
  assertEquals(socket.assigns, { user: "ann" });
  assertEquals(other.id, null);
  assertStrictEquals(socket.pubsub, server.pubsub);
  assertEquals(socket.self.label, 'TestRoom "room:a"');
  assertEquals(socket.transportPid.label, "TestSocket user:ann");
  assert(socket.self.alive && socket.transportPid.alive);
});

type Sender = (socket: ChannelSocket<User>) => void;
const senders: [name: string, send: Sender, reaches: string[]][] = [
  ["push", (socket) => socket.push("e", { x: 1 }), ["ann: 1"]],
  ["broadcast", (socket) => socket.broadcast("e", { x: 1 }), ["ann: null", "bob: null"]],
  ["localBroadcast", (socket) => socket.localBroadcast("e", { x: 1 }), ["ann: null", "bob: null"]],
  ["broadcastFrom", (socket) => socket.broadcastFrom("e", { x: 1 }), ["bob: null"]],
  ["localBroadcastFrom", (socket) => socket.localBroadcastFrom("e", { x: 1 }), ["bob: null"]],
];
for (const [name, send, reaches] of senders) {
  Deno.test(`ChannelSocket.${name}() reaches ${reaches.join(" and ")}`, async () => {
    using setup = serveSockets();
    const { server, sockets } = setup;
    const clients = { ann: await server.connect({ user: "ann" }), bob: await server.connect({ user: "bob" }) };
    for (const client of Object.values(clients)) await client.join("room:a");
    const elsewhere = await server.connect({ user: "eve" });
    await elsewhere.join("room:b");
    send(sockets[0]!);
    await settle();
    const reached = Object.entries(clients).flatMap(([user, client]) =>
      client.take().map((message) => {
        const [joinRef, ...rest] = message as unknown[];
        assertEquals(rest, [null, "room:a", "e", { x: 1 }]);
        return `${user}: ${joinRef}`;
      })
    );
    assertEquals(reached, reaches);
    assertEquals(elsewhere.take(), []);
  });

  Deno.test(`ChannelSocket.${name}() refuses what is no object, and does nothing when the channel has ended`, async () => {
    using setup = serveSockets();
    const { server, sockets } = setup;
    const ann = await server.connect({ user: "ann" });
    await ann.join("room:a");
    const socket = sockets[0]!;
    const wrong = {
      push: () => socket.push("e", "text" as unknown as object),
      broadcast: () => socket.broadcast("e", [1] as unknown as object),
    };
    assertThrows(wrong.push, TypeError, "payload of push");
    assertThrows(wrong.broadcast, TypeError, "payload of broadcast");
    socket.self.exit("kill");
    await settle();
    ann.take();
    assertMatch(String(assertThrows(() => send(socket))), /Cannot (push|broadcast): the channel of "room:a" has ended/);
    assertEquals(ann.take(), []);
  });
}

Deno.test("ChannelSocket.broadcast() refuses what no client could get also where every member intercepts the event", async () => {
  const seen: unknown[] = [];
  using setup = serveSockets({
    handleOut: {
      e: (payload) => {
        seen.push(payload);
        return noreply();
      },
    },
  });
  const ann = await setup.server.connect({ user: "ann" });
  await ann.join("room:a");
  const [socket] = setup.sockets as [ChannelSocket<User>];
  const senders = ["broadcast", "broadcastFrom", "localBroadcast", "localBroadcastFrom"] as const;
  for (const send of senders) {
    for (const wrong of [undefined, () => {}, Promise.resolve({}), new Map()]) {
      assertThrows(() => socket[send]("e", wrong as object), TypeError, "payload of broadcast");
    }
  }
  socket.broadcast("e", Uint8Array.of(1));
  await settle();
  assertEquals(seen, [Uint8Array.of(1)]);
});

Deno.test("JoiningSocket.assigns is one frozen object for all channels of a connection, and of no other", async () => {
  const seen: Readonly<User>[] = [];
  using setup = serveSockets({
    join(_topic, _params, socket) {
      assertThrows(() => Object.assign(socket.assigns, { user: "bob" }), TypeError);
      assertThrows(() => Object.assign(socket.assigns, { more: 1 }), TypeError);
      seen.push(socket.assigns);
      return ok();
    },
  });
  for (const topics of [["room:a", "room:b"], ["room:a"]]) {
    const ann = await setup.server.connect({ user: "ann" });
    for (const topic of topics) await ann.join(topic);
  }
  const [first, second, other] = seen;
  assertEquals(seen, [{ user: "ann" }, { user: "ann" }, { user: "ann" }]);
  assertStrictEquals(first, second);
  assertNotStrictEquals(first, other);
});

Deno.test("JoiningSocket.subscribe() brings another topic's broadcasts to handleInfo, until its end is called", async () => {
  const heard: unknown[] = [];
  const ends: (() => void)[] = [];
  using setup = serveSockets({
    join(_topic, _params, socket) {
      ends.push(socket.subscribe("news"));
      return ok();
    },
    handleInfo(message) {
      heard.push(message);
      return noreply();
    },
  });
  const { server } = setup;
  await (await server.connect({ user: "ann" })).join("room:a");
  server.pubsub.broadcast("news", "first", {});
  await settle();
  ends[0]!();
  server.pubsub.broadcast("news", "second", {});
  await settle();
  assertEquals(heard, [new Broadcast("news", "first", {})]);
  assertEquals(server.pubsub.subscriberCount("news"), 0);
});

const partings: [what: string, join: NonNullable<Callbacks["join"]>][] = [
  ["refuses", () => refuse()],
  ["throws", () => {
    throw new Error("asked to");
  }],
];
Deno.test.each(partings)(
  "JoiningSocket.subscribe() and -Client() leave nothing behind when the join %s",
  async (_what, end) => {
    using _crashes = new Crashes();
    using setup = serveSockets({
      join(topic, params, socket) {
        socket.subscribe("news");
        socket.subscribeClient("doc:1");
        return end(topic, params, socket);
      },
    });
    const { server } = setup;
    const nobody = await server.connect({ user: "nobody" });
    await nobody.join("room:a");
    assertEquals(server.pubsub.topicCount, 0);
    server.pubsub.broadcast("doc:1", "data", {});
    assertEquals(nobody.take(), []);
  },
);

Deno.test("JoiningSocket.subscribeClient() lets the client hear a topic, in its own format, until its end is called", async () => {
  const ends: (() => void)[] = [];
  using setup = serveSockets({
    join(_topic, _params, socket) {
      ends.push(socket.subscribeClient("doc:1"));
      return ok();
    },
    handleOut: { data: () => noreply() },
  });
  const { server } = setup;
  const ann = await server.connect({ user: "ann" });
  await ann.join("room:a");
  server.pubsub.broadcast("doc:1", "data", { n: 1 });
  server.pubsub.broadcast("doc:1", "bytes", Uint8Array.of(7));
  assertEquals(ann.take(), [
    [null, null, "doc:1", "data", { n: 1 }], // no channel of that topic intercepts
    Uint8Array.from([2, 5, 5, ...new TextEncoder().encode("doc:1bytes"), 7]),
  ]);
  ends[0]!();
  server.pubsub.broadcast("doc:1", "data", { n: 2 });
  assertEquals(ann.take(), []);
});

Deno.test("JoiningSocket.pubsub reaches other topics, and may disconnect a socket by its id", async () => {
  using setup = serveSockets({
    handleIn: {
      kick: (payload, socket) => {
        socket.pubsub.broadcast(`user:${payload}`, "disconnect", {});
        return reply();
      },
    },
  });
  const { server } = setup;
  const ann = await server.connect({ user: "ann" });
  const bob = await server.connect({ user: "bob" });
  await ann.join("room:a");
  await ann.send("1", "2", "room:a", "kick", "bob");
  assertEquals(bob.connection.closedWith?.code, 1001);
  assertEquals(ann.connection.closedWith, undefined);
});

Deno.test("JoiningSocket.transportPid is the connection: its exit closes that", async () => {
  using setup = serveSockets();
  const { server, sockets } = setup;
  const ann = await server.connect({ user: "ann" });
  await ann.join("room:a");
  sockets[0]!.transportPid.exit({ shutdown: "banned" });
  await settle();
  assertEquals(ann.connection.closedWith, { code: 1001, options: { reason: "disconnected" } });
});

interface Directory {
  calls: { double(n: number): number; whoami(): string; never(): void };
  info: "hello";
}

Deno.test("JoiningSocket.server() lets others call the channel, from the moment it joins", async () => {
  const refs: ServerRef<Directory>[] = [];
  const heard: unknown[] = [];
  using setup = serveSockets({
    join(_topic, _params, socket: JoiningSocket<User>) {
      refs.push(socket.server<Directory>());
      return ok();
    },
    handleCall: {
      double: (n: number) => reply(2 * n),
      whoami: async (_, socket) => {
        await Promise.resolve();
        return reply(socket.assigns.user);
      },
    },
    handleInfo(message) {
      heard.push(message);
      return noreply();
    },
  });
  const ann = await setup.server.connect({ user: "ann" });
  await ann.join("room:a");
  const [ref] = refs;
  assertEquals(await ref!.call("double", 21), 42);
  assertEquals(await ref!.call("whoami"), "ann");
  ref!.send("hello");
  await settle();
  assertEquals(heard, ["hello"]);
  await ann.send("1", "2", "room:a", "phx_leave", {});
  await assertRejects(() => ref!.call("whoami"), CallExitError, "noproc");
});

Deno.test("Channel that has no handler for a call ends, and its caller hears of it", async () => {
  using crashes = new Crashes();
  using setup = serveSockets();
  const ann = await setup.server.connect({ user: "ann" });
  await ann.join("room:a");
  const call = setup.sockets[0]!.server<Directory>().call("never");
  await assertRejects(() => call, CallExitError, "there is no handler for it");
  assertEquals(crashes.messages, ['Cannot handle call "never": there is no handler for it; add it to handleCall']);
  assertEquals(ann.take(), [["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]]);
});
