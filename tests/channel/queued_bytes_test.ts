/**
 * How much memory of one client's messages may wait for its channels: `Socket.maxQueuedBytes`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { Channel, type LimitHitEvent, ok, reply, Socket, UNLIMITED } from "@urvogel/realtime";
import { FakeServer, settle } from "../support/fake_client.ts";
import { Collected } from "../support/telemetry.ts";

const doors: PromiseWithResolvers<void>[] = [];

function door(): Promise<void> {
  const door = Promise.withResolvers<void>();
  doors.push(door);
  return door.promise;
}

class RoomChannel extends Channel {
  override async join(topic: string) {
    if (topic === "room:slow") await door();
    return ok();
  }
  override handleIn = this.handlers({
    wait: async () => {
      await door();
      return reply();
    },
    "*": (payload) => reply({ length: String(payload).length }),
  });
}

class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override maxQueuedBytes = 8000;
  override connect() {
    return ok();
  }
}

async function setUp() {
  doors.length = 0;
  const server = new FakeServer(new UserSocket());
  const limits = new Collected<LimitHitEvent>("urvogel:limit:hit");
  return {
    client: await server.connect(),
    limits,
    [Symbol.dispose]() {
      server[Symbol.dispose]();
      limits[Symbol.dispose]();
    },
  };
}

/** Weighs some 4,900; the message `wait` some 1,100. */
const LARGE = "x".repeat(2000);
const FULL = { status: "error", response: { reason: "too many messages waiting" } };
const refsAndAnswers = (messages: unknown[]) =>
  messages.map((message) => {
    const [, ref, , , { status }] = message as [0, 0, 0, 0, { status: string }];
    return `${ref} ${status}`;
  });

Deno.test("Socket.maxQueuedBytes is 16,000,000 by default", async () => {
  class PlainSocket extends Socket {
    override channels = { "room:*": RoomChannel };
    override byteRate = UNLIMITED;
    override connect = () => ok();
  }
  using server = new FakeServer(new PlainSocket());
  const client = await server.connect();
  doors.length = 0;
  await client.join("room:a");
  await client.send("1", "2", "room:a", "wait", {});
  const large = "x".repeat(3_000_000); // 2 bytes each
  for (const ref of ["3", "4", "5", "6"]) await client.send("1", ref, "room:a", "say", large);
  assertEquals(client.take(), [["1", "6", "room:a", "phx_reply", FULL]]);
  doors[0]!.resolve();
});

Deno.test("Socket.maxQueuedBytes counts what waits for all channels of a connection", async () => {
  using setup = await setUp();
  const { client, limits } = setup;
  for (const topic of ["room:a", "room:b"]) {
    await client.join(topic);
    await client.send("1", "2", topic, "wait", {});
  }
  await client.send("1", "3", "room:a", "say", LARGE);
  await client.send("1", "4", "room:b", "say", LARGE);
  assertEquals(client.take(), []);
  await client.send("1", "5", "room:a", "say", "a little more");
  await client.send("6", "6", "room:c", "phx_join", {});
  assertEquals(refsAndAnswers(client.take()), ["5 error", "6 error"]);
  assertEquals(limits.events.map(({ limit, max, topic }) => [limit, max, topic]), [
    ["maxQueuedBytes", 8000, "room:a"],
    ["maxQueuedBytes", 8000, "room:c"],
  ]);
  assert(limits.events[0]!.found! > 9600);
  doors[0]!.resolve(); // room:a takes what waits for it
  await settle();
  assertEquals(refsAndAnswers(client.take()), ["2 ok", "3 ok"]);
  await client.send("6", "7", "room:c", "phx_join", {});
  await client.send("1", "8", "room:b", "say", "a little more");
  assertEquals(refsAndAnswers(client.take()), ["7 ok"]);
  doors[1]!.resolve();
  await settle();
  assertEquals(refsAndAnswers(client.take()), ["2 ok", "4 ok", "8 ok"]);
});

Deno.test("Socket.maxQueuedBytes counts what waits for a join, and the join", async () => {
  using setup = await setUp();
  const { client } = setup;
  await client.send("1", "1", "room:slow", "phx_join", { large: LARGE });
  await client.send("1", "2", "room:slow", "say", LARGE);
  await client.send("1", "3", "room:slow", "say", "a little more");
  assertEquals(client.take(), [["1", "3", "room:slow", "phx_reply", FULL]]);
  doors[0]!.resolve();
  await settle();
  assertEquals(refsAndAnswers(client.take()), ["1 ok", "2 ok"]);
  await client.send("1", "4", "room:slow", "say", LARGE);
  assertEquals(refsAndAnswers(client.take()), ["4 ok"]);
});

Deno.test("Socket.maxQueuedBytes forgets what waited for a channel that has ended", async () => {
  using setup = await setUp();
  const { client } = setup;
  await client.join("room:a");
  await client.join("room:b");
  await client.send("1", "2", "room:a", "wait", {});
  for (const ref of ["3", "4"]) await client.send("1", ref, "room:a", "say", LARGE);
  await client.send("1", "5", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["5 error"]);
  await client.send("6", "6", "room:a", "phx_join", {}); // always has room, and ends the one before
  assertEquals(client.take(), [
    ["6", "6", "room:a", "phx_reply", { status: "ok", response: {} }],
    ["1", "1", "room:a", "phx_close", {}],
  ]);
  await client.send("1", "7", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["7 ok"]);
});

/** Text of which each 3 characters become 64 bytes of heap. */
const HEAVY = Array(30).fill({});

Deno.test("Socket.maxQueuedBytes weighs what a text is made of, for pushes, joins and what waits for them", async () => {
  using setup = await setUp();
  const { client } = setup;
  await client.join("room:a");
  await client.send("1", "2", "room:a", "wait", {});
  for (const ref of ["3", "4"]) await client.send("1", ref, "room:a", "say", HEAVY); // 200 characters
  assertEquals(refsAndAnswers(client.take()), ["4 error"]);
  doors[0]!.resolve();
  await settle();
  assertEquals(refsAndAnswers(client.take()), ["2 ok", "3 ok"]);
  await client.send("5", "5", "room:slow", "phx_join", HEAVY);
  await client.send("5", "6", "room:slow", "say", {});
  assertEquals(refsAndAnswers(client.take()), ["6 error"]);
});

Deno.test("Socket.maxQueuedBytes counts what a handler works on, even if its channel ends before", async () => {
  using setup = await setUp();
  const { client } = setup;
  await client.join("room:a");
  await client.join("room:b");
  await client.send("1", "2", "room:a", "wait", HEAVY);
  await client.send("1", "3", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["3 error"]);
  await client.send("4", "4", "room:a", "phx_join", {});
  assertEquals(client.take().length, 2); // the answer, and phx_close of the first join
  await client.send("1", "5", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["5 error"]); // its handler is still at work
  doors[0]!.resolve();
  await settle();
  await client.send("1", "6", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["6 ok"]);
});

Deno.test("Socket.maxQueuedBytes counts the parameters of a join until it is settled, even if it is given up", async () => {
  using setup = await setUp();
  const { client } = setup;
  await client.join("room:b");
  await client.send("2", "2", "room:slow", "phx_join", HEAVY);
  await client.send("2", "3", "room:slow", "phx_leave", {});
  assertEquals(refsAndAnswers(client.take()), ["2 error", "3 ok"]);
  await client.send("1", "4", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["4 error"]); // `join` is still at work
  doors[0]!.resolve();
  await settle();
  await client.send("1", "5", "room:b", "say", "x");
  assertEquals(refsAndAnswers(client.take()), ["5 ok"]);
});
