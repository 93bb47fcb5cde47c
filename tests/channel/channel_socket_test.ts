import assert from "node:assert/strict";
import {
  Broadcast,
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
  assert.deepEqual([socket.topic, socket.id, socket.transport], ["room:a", "user:ann", "test"]);
  assert.deepEqual(socket.assigns, { user: "ann" });
  assert.equal(other.id, null);
  assert.equal(socket.pubsub, server.pubsub);
  assert.equal(socket.self.label, 'TestRoom "room:a"');
  assert.equal(socket.transportPid.label, "TestSocket user:ann");
  assert.ok(socket.self.alive && socket.transportPid.alive);
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
        assert.deepEqual(rest, [null, "room:a", "e", { x: 1 }]);
        return `${user}: ${joinRef}`;
      })
    );
    assert.deepEqual(reached, reaches);
    assert.deepEqual(elsewhere.take(), []);
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
    assert.throws(wrong.push, { name: "TypeError", message: /payload of push/ });
    assert.throws(wrong.broadcast, { name: "TypeError", message: /payload of broadcast/ });
    socket.self.exit("kill");
    await settle();
    ann.take();
    assert.throws(() => send(socket), /Cannot (push|broadcast): the channel of "room:a" has ended/);
    assert.deepEqual(ann.take(), []);
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
      assert.throws(() => socket[send]("e", wrong as object), { name: "TypeError", message: /payload of broadcast/ });
    }
  }
  socket.broadcast("e", Uint8Array.of(1));
  await settle();
  assert.deepEqual(seen, [Uint8Array.of(1)]);
});

Deno.test("JoiningSocket.assigns is one frozen object for all channels of a connection, and of no other", async () => {
  const seen: Readonly<User>[] = [];
  using setup = serveSockets({
    join(_topic, _params, socket) {
      assert.throws(() => Object.assign(socket.assigns, { user: "bob" }), TypeError);
      assert.throws(() => Object.assign(socket.assigns, { more: 1 }), TypeError);
      seen.push(socket.assigns);
      return ok();
    },
  });
  for (const topics of [["room:a", "room:b"], ["room:a"]]) {
    const ann = await setup.server.connect({ user: "ann" });
    for (const topic of topics) await ann.join(topic);
  }
  const [first, second, other] = seen;
  assert.deepEqual(seen, [{ user: "ann" }, { user: "ann" }, { user: "ann" }]);
  assert.equal(first, second);
  assert.notEqual(first, other);
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
  assert.deepEqual(heard, [new Broadcast("news", "first", {})]);
  assert.equal(server.pubsub.subscriberCount("news"), 0);
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
    assert.equal(server.pubsub.topicCount, 0);
    server.pubsub.broadcast("doc:1", "data", {});
    assert.deepEqual(nobody.take(), []);
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
  assert.deepEqual(ann.take(), [
    [null, null, "doc:1", "data", { n: 1 }], // no channel of that topic intercepts
    Uint8Array.from([2, 5, 5, ...new TextEncoder().encode("doc:1bytes"), 7]),
  ]);
  ends[0]!();
  server.pubsub.broadcast("doc:1", "data", { n: 2 });
  assert.deepEqual(ann.take(), []);
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
  assert.equal(bob.connection.closedWith?.code, 1001);
  assert.equal(ann.connection.closedWith, undefined);
});

Deno.test("JoiningSocket.transportPid is the connection: its exit closes that", async () => {
  using setup = serveSockets();
  const { server, sockets } = setup;
  const ann = await server.connect({ user: "ann" });
  await ann.join("room:a");
  sockets[0]!.transportPid.exit({ shutdown: "banned" });
  await settle();
  assert.deepEqual(ann.connection.closedWith, { code: 1001, options: { reason: "disconnected" } });
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
  assert.equal(await ref!.call("double", 21), 42);
  assert.equal(await ref!.call("whoami"), "ann");
  ref!.send("hello");
  await settle();
  assert.deepEqual(heard, ["hello"]);
  await ann.send("1", "2", "room:a", "phx_leave", {});
  await assert.rejects(ref!.call("whoami"), { name: "CallExitError", message: /noproc/ });
});

Deno.test("Channel that has no handler for a call ends, and its caller hears of it", async () => {
  using crashes = new Crashes();
  using setup = serveSockets();
  const ann = await setup.server.connect({ user: "ann" });
  await ann.join("room:a");
  const call = setup.sockets[0]!.server<Directory>().call("never");
  await assert.rejects(call, { name: "CallExitError", message: /there is no handler for it/ });
  assert.deepEqual(crashes.messages, ['Cannot answer call "never": there is no handler for it']);
  assert.deepEqual(ann.take(), [["1", "1", "room:a", "phx_error", { reason: "channel_crash" }]]);
});
