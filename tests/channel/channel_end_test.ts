/**
 * Channels and joins that do not end by themselves: `Channel.shutdownMs`, and what `socket.self.signal` tells them.
 *
 * @module
 */

import { assertEquals, unreachable } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Channel,
  type ChannelJoinedEvent,
  type ChannelSocket,
  type ExitReason,
  type JoiningSocket,
  type JoinResult,
  type LimitHitEvent,
  listProcesses,
  noreply,
  ok,
  refuse,
  reply,
  Socket,
  stop,
  sys,
} from "@urvogel/realtime";
import { Crashes } from "../support/crashes.ts";
import { type FakeClient, FakeServer, settle } from "../support/fake_client.ts";
import { type Callbacks, serveRoom, type User } from "../support/room.ts";
import { Collected } from "../support/telemetry.ts";

const GONE: ExitReason = { shutdown: "peer_closed" };

/** What does not settle, and remembers when it was told to give up. */
class Hang {
  readonly door = Promise.withResolvers<void>();
  readonly reasons: unknown[] = [];

  /** Waits for the door, and listens. */
  async wait({ self }: JoiningSocket<User>): Promise<void> {
    self.signal.addEventListener("abort", () => this.reasons.push(self.signal.reason));
    await this.door.promise;
  }
}

/** A server whose channels have these callbacks, and a client that it knows. */
async function setUp(callbacks: () => Callbacks) {
  const time = new FakeTime();
  const server = serveRoom(callbacks);
  const client = await server.connect({ user: "ann" });
  const limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  return {
    time,
    server,
    client,
    limits,
    [Symbol.dispose]() {
      server[Symbol.dispose]();
      limits[Symbol.dispose]();
      time.restore();
    },
  };
}

const refsOf = (client: FakeClient) =>
  client.take().map((message) => {
    const [, ref, , event, payload] = message as [unknown, unknown, unknown, string, { status?: string }];
    return `${ref} ${payload.status ?? event}`;
  });

/** Lets `ms` pass, and the server deal with it. */
async function pass(time: FakeTime, ms: number): Promise<void> {
  await time.tickAsync(ms);
  await settle();
}

const hanging: readonly [where: string, callbacks: (hang: Hang) => Callbacks, begin: (to: FakeServer<User>) => void][] =
  [
    ["handleIn", (hang) => ({
      handleIn: { ask: (_payload, socket) => hang.wait(socket).then(() => reply()) },
    }), () => {}],
    ["afterJoin", (hang) => ({ afterJoin: (socket: ChannelSocket<User>) => hang.wait(socket) }), () => {}],
    ["handleInfo", (hang) => ({
      handleIn: {
        ask: (_payload, { self }) => {
          self.send("info");
          return noreply();
        },
      },
      handleInfo: (_message: unknown, socket: ChannelSocket<User>) => hang.wait(socket).then(() => noreply()),
    }), () => {}],
    ["handleOut", (hang) => ({
      handleIn: { ask: () => noreply() },
      handleOut: { said: (_payload, socket) => hang.wait(socket).then(() => noreply()) },
    }), (server) => server.pubsub.broadcast("room:a", "said", {})],
  ];

Deno.test.each(hanging)(
  "Channel whose %s does not settle ends 5 s after its connection",
  async (_where, callbacks, begin) => {
    const hang = new Hang();
    using setup = await setUp(() => callbacks(hang));
    const { server, client, time, limits } = setup;
    await client.join("room:a");
    await client.send("1", "2", "room:a", "ask", {});
    begin(server);
    await settle();
    assertEquals(hang.reasons, []);
    client.hangUp(GONE);
    assertEquals(hang.reasons, [GONE]); // at once
    await pass(time, 4999);
    assertEquals([server.channels.size, server.pubsub.topicCount, limits.events.length], [1, 1, 0]);
    await pass(time, 1);
    assertEquals([server.channels.size, server.pubsub.topicCount], [0, 0]);
    assertEquals(limits.events.map(({ limit, max, topic }) => [limit, max, topic]), [[
      "shutdownMs",
      5000,
      "room:a",
    ]]);
  },
);

Deno.test("Channel.shutdownMs is the channel's own, and terminate has to keep to it", async () => {
  const ends: ExitReason[] = [];
  const terminate = (reason: ExitReason) => {
    ends.push(reason);
    return new Promise<void>(() => {});
  };
  using setup = await setUp(() => ({ shutdownMs: 70, terminate }));
  const { server, client, time } = setup;
  await client.join("room:a");
  client.hangUp(GONE);
  await pass(time, 69);
  assertEquals([server.channels.size, ends], [1, [GONE]]);
  await pass(time, 1);
  assertEquals(server.channels.size, 0);
});

Deno.test("Channel that fails has to terminate in time too, while its client is there", async () => {
  using _crashes = new Crashes();
  const fail = () => {
    throw new Error("boom");
  };
  using setup = await setUp(() => ({ handleIn: { fail }, terminate: () => new Promise<void>(() => {}) }));
  const { client, time } = setup;
  await client.join("room:a");
  await client.send("1", "2", "room:a", "fail", {});
  await pass(time, 4999);
  assertEquals(refsOf(client), []);
  await pass(time, 1);
  assertEquals(refsOf(client), ["1 phx_error"]);
});

Deno.test("Channel.shutdownMs of Infinity waits for ever", async () => {
  const hang = new Hang();
  using setup = await setUp(() => ({ shutdownMs: Infinity, afterJoin: (socket) => hang.wait(socket) }));
  const { server, client, time } = setup;
  await client.join("room:a");
  client.hangUp();
  await pass(time, 1e9);
  assertEquals(server.channels.size, 1);
  hang.door.resolve();
  await settle();
  assertEquals(server.channels.size, 0);
});

Deno.test.each([-1, NaN])("Channel.shutdownMs of %f crashes the join", async (shutdownMs) => {
  using crashes = new Crashes();
  using setup = await setUp(() => ({ shutdownMs }));
  await setup.client.send("1", "1", "room:a", "phx_join", {});
  assertEquals(refsOf(setup.client), ["1 error"]);
  assertEquals(crashes.messages, [`Cannot end channel in time: "shutdownMs" must be >= 0, received ${shutdownMs}`]);
});

Deno.test("SocketServer answers a leave that a busy channel does not get to in time", async () => {
  const hang = new Hang();
  using setup = await setUp(() => ({ handleIn: { ask: (_payload, socket) => hang.wait(socket).then(() => reply()) } }));
  const { server, client, time } = setup;
  await client.join("room:a");
  await client.send("1", "2", "room:a", "ask", {});
  await client.send("1", "3", "room:a", "phx_leave", {});
  assertEquals(hang.reasons, [{ shutdown: "left" }]);
  await pass(time, 4999);
  assertEquals(refsOf(client), []);
  await pass(time, 1);
  assertEquals(refsOf(client), ["3 ok", "1 phx_close"]);
  assertEquals(server.channels.size, 0);
  await client.send("4", "4", "room:a", "phx_join", {});
  assertEquals(refsOf(client), ["4 ok"]);
});

Deno.test("SocketServer answers a leave once, also where terminate is late", async () => {
  using setup = await setUp(() => ({ terminate: () => new Promise<void>(() => {}) }));
  const { server, client, time } = setup;
  await client.join("room:a");
  await client.send("1", "2", "room:a", "phx_leave", {});
  assertEquals(refsOf(client), ["2 ok", "1 phx_close"]);
  await pass(time, 5000);
  assertEquals([refsOf(client), server.channels.size], [[], 0]);
});

Deno.test("SocketServer tells a replaced channel that traps exits to give up", async () => {
  const hang = new Hang();
  using setup = await setUp(() => ({
    afterJoin: (socket) => {
      socket.self.trapExit = true;
      return hang.wait(socket);
    },
    handleInfo: () => stop("shutdown"), // its Exit
  }));
  const { client } = setup;
  await client.join("room:a");
  await client.send("2", "2", "room:a", "phx_join", {});
  assertEquals(hang.reasons, [{ shutdown: "duplicate_join" }]);
  hang.door.resolve();
  await settle();
  assertEquals(refsOf(client), ["2 ok", "1 phx_close"]);
});

Deno.test("Channel that throws its signal's reason has given up, and did not fail", async () => {
  using crashes = new Crashes();
  const ends: ExitReason[] = [];
  const handled: unknown[] = [];
  using setup = await setUp(() => ({
    handleIn: {
      ask: async (_payload, { self }) => {
        const { promise, reject } = Promise.withResolvers<never>();
        self.signal.addEventListener("abort", () => reject(self.signal.reason));
        return await promise;
      },
      check: (_payload, { self }) => {
        self.signal.throwIfAborted(); // synchronously, and though nobody asked for it before
        return reply();
      },
      note: (payload) => {
        handled.push(payload);
        return noreply();
      },
    },
    terminate: (reason) => void ends.push(reason),
  }));
  const { server, client } = setup;
  await client.join("room:a");
  await client.send("1", "2", "room:a", "ask", {});
  await client.send("1", "3", "room:a", "check", {});
  await client.send("1", "4", "room:a", "note", "after it");
  client.hangUp(GONE);
  await settle();
  assertEquals([crashes.messages, ends, handled], [[], [GONE], ["after it"]]);
  assertEquals(server.channels.size, 0);
});

/** Channels whose join waits for `hang`, and which note what reaches them. */
function slowJoins(hang: Hang, result: JoinResult = ok()) {
  const seen: unknown[] = [];
  const callbacks = (): Callbacks => ({
    join: (_topic, _params, socket) => hang.wait(socket).then(() => result),
    handleIn: {
      note: (payload) => {
        seen.push(payload);
        return reply();
      },
    },
    terminate: (reason) => void seen.push(reason),
  });
  return { seen, callbacks };
}

Deno.test("SocketServer answers a leave of a topic that is being joined, and gives the join up", async () => {
  const hang = new Hang();
  const { seen, callbacks } = slowJoins(hang);
  using joins = new Collected<ChannelJoinedEvent>("urvogel:channel:joined");
  using setup = await setUp(callbacks);
  const { server, client } = setup;
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("0", "2", "room:a", "phx_leave", {}); // of an earlier join: waits
  assertEquals(refsOf(client), []);
  await client.send("7", "7", "room:b", "phx_join", {});
  await client.send("7", "8", "room:b", "phx_leave", {});
  assertEquals(refsOf(client), ["7 error", "8 ok"]);
  assertEquals([server.channels.size, hang.reasons], [1, ["killed"]]);
  assertEquals(joins.events.map(({ result }) => result), ["abandoned"]);
  await client.send("9", "9", "room:b", "phx_join", {});
  hang.door.resolve();
  await settle();
  assertEquals(refsOf(client), ["1 ok", "9 ok"]);
  assertEquals(seen, []);
});

Deno.test("SocketServer handles what waits for a join before the leave, if it is settled in time", async () => {
  const hang = new Hang();
  const { seen, callbacks } = slowJoins(hang);
  using setup = await setUp(callbacks);
  const { client } = setup;
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("1", "2", "room:a", "note", 1);
  await client.send("1", "3", "room:a", "phx_leave", {});
  assertEquals(hang.reasons, [{ shutdown: "left" }]);
  hang.door.resolve();
  await settle();
  assertEquals(refsOf(client), ["1 ok", "2 ok", "3 ok", "1 phx_close"]);
  assertEquals(seen, [1, { shutdown: "left" }]);
});

Deno.test("SocketServer answers all that waits for a join whose client has left, when time is up", async () => {
  const hang = new Hang();
  const { seen, callbacks } = slowJoins(hang);
  using setup = await setUp(callbacks);
  const { server, client, time } = setup;
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("1", "2", "room:a", "note", 1);
  await client.send("1", "3", "room:a", "phx_leave", {});
  await pass(time, 4999);
  assertEquals(refsOf(client), []);
  await pass(time, 1);
  assertEquals(refsOf(client), ["1 error", "2 error", "3 ok"]);
  assertEquals([server.channels.size, seen], [0, []]);
});

Deno.test("SocketServer gives a join up that waits for a channel to make room, when its client leaves", async () => {
  const hang = new Hang();
  const trap = (socket: ChannelSocket<User>) => {
    socket.self.trapExit = true;
    return hang.wait(socket);
  };
  using setup = await setUp(() => ({ shutdownMs: 6000, afterJoin: trap }));
  const { server, client, time } = setup;
  await client.join("room:a");
  await client.send("2", "2", "room:a", "phx_join", {});
  await client.send("2", "3", "room:a", "phx_leave", {});
  await pass(time, 5000);
  assertEquals(refsOf(client), ["2 error", "3 ok"]);
  await pass(time, 1000);
  assertEquals([refsOf(client), server.channels.size], [["1 phx_close"], 0]);
});

Deno.test("SocketServer.close() lets a join be settled that messages wait for, and they are handled", async () => {
  const hang = new Hang();
  const { seen, callbacks } = slowJoins(hang);
  using setup = await setUp(callbacks);
  const { server, client } = setup;
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("1", "2", "room:a", "note", 1);
  await client.send("1", "3", "room:a", "note", 2);
  await client.send("1", "1", "room:idle", "phx_join", {}); // nothing waits for it
  client.hangUp(GONE);
  assertEquals([hang.reasons, server.channels.size], [[GONE, "killed"], 1]);
  hang.door.resolve();
  await settle();
  assertEquals([seen, server.channels.size, server.pubsub.topicCount], [[1, 2, GONE], 0, 0]);
});

Deno.test("SocketServer.close() lets leaves and second joins wait like messages", async () => {
  const hang = new Hang();
  const { seen, callbacks } = slowJoins(hang);
  using setup = await setUp(callbacks);
  const { server, client } = setup;
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("1", "2", "room:a", "note", 1);
  await client.send("1", "3", "room:a", "phx_leave", {});
  await client.send("4", "4", "room:b", "phx_join", {});
  await client.send("5", "5", "room:b", "phx_join", {});
  await client.send("5", "6", "room:b", "note", 2);
  client.hangUp(GONE);
  hang.door.resolve();
  await settle();
  assertEquals(seen, [1, { shutdown: "left" }, 2, GONE]);
  assertEquals(server.channels.size, 0);
});

Deno.test("SocketServer.close() lets what waits for a join go with it, when that is refused", async () => {
  const hang = new Hang();
  const { seen, callbacks } = slowJoins(hang, refuse());
  using setup = await setUp(callbacks);
  const { server, client } = setup;
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("1", "2", "room:a", "note", 1);
  client.hangUp(GONE);
  hang.door.resolve();
  await settle();
  assertEquals([seen, server.channels.size], [[], 0]);
});

Deno.test("SocketServer.close() gives joins up that are not settled in time, one behind the other", async () => {
  const { seen, callbacks } = slowJoins(new Hang());
  using setup = await setUp(callbacks);
  const { server, client, time } = setup;
  for (const ref of ["1", "2", "3"]) {
    await client.send(ref, ref, "room:a", "phx_join", {});
    await client.send(ref, `${ref}1`, "room:a", "note", 1);
  }
  client.hangUp(GONE);
  await pass(time, 4999);
  assertEquals(server.channels.size, 1);
  await pass(time, 1);
  assertEquals([seen, server.channels.size], [[], 0]);
});

Deno.test("Channel that is suspended ends in time as well", async () => {
  using setup = await setUp(() => ({}));
  const { server, client, time } = setup;
  await client.join("room:a");
  const [channel] = listProcesses().filter(({ label }) => label === 'TestRoom "room:a"');
  await sys.suspend(channel ?? unreachable());
  client.hangUp(GONE);
  await pass(time, 5000);
  assertEquals(server.channels.size, 0);
});

Deno.test("SocketServer drops what waits for a join when the token expires, and gives the join up", async () => {
  const joins: string[] = [];
  class GuestChannel extends Channel {
    override join(topic: string) {
      joins.push(topic);
      return new Promise<never>(() => {});
    }
  }
  class GuestSocket extends Socket {
    override channels = { "room:*": GuestChannel };
    override connect() {
      return ok();
    }
    override expiresAtMs() {
      return 1000;
    }
  }
  using time = new FakeTime(0);
  using server = new FakeServer(new GuestSocket());
  const client = await server.connect();
  await client.send("1", "1", "room:a", "phx_join", {});
  await client.send("2", "2", "room:a", "phx_join", {});
  await client.send("2", "3", "room:a", "note", {});
  await pass(time, 1000);
  assertEquals([joins, server.channels.size], [["room:a"], 0]);
});

Deno.test("SocketServer.close() waits for a channel that makes room for a join that messages wait for", async () => {
  const hang = new Hang();
  const seen: unknown[] = [];
  using setup = await setUp(() => ({
    afterJoin: ({ self }) => {
      self.trapExit = true;
    },
    handleInfo: () => hang.door.promise.then(() => stop("shutdown")), // its Exit
    handleIn: {
      note: (payload) => {
        seen.push(payload);
        return noreply();
      },
    },
    terminate: (reason) => void seen.push(reason),
  }));
  const { server, client, time } = setup;
  await client.join("room:a");
  await client.send("2", "2", "room:a", "phx_join", {});
  await client.send("2", "3", "room:a", "note", 1);
  client.hangUp(GONE);
  await pass(time, 4000);
  assertEquals(seen, []);
  hang.door.resolve();
  await settle();
  assertEquals([seen, server.channels.size], [["shutdown", 1, GONE], 0]);
});
