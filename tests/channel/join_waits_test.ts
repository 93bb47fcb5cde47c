import { assertEquals, assertThrows } from "@std/assert";
import { Channel, noreply, ok, type Payload, PubSub, Socket } from "@urvogel/realtime";
import { Crashes } from "../support/crashes.ts";
import { FakeServer, settle } from "../support/fake_client.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { ScriptedAdapter } from "../support/scripted_adapter.ts";
import { Collected } from "../support/telemetry.ts";

class AnyChannel extends Channel {
  override join() {
    return ok();
  }
  override afterJoin() {
    this.socket.push("welcome", {});
  }
  override handleIn = this.handlers({
    shout: (payload) => {
      this.socket.broadcast("shout", payload as Payload);
      return noreply();
    },
  });
}

class AnySocket extends Socket {
  override channels = { "*": AnyChannel };
  override connect() {
    return ok();
  }
  override id() {
    return "user:1";
  }
}

const JOINED = ["1", "1", "room:a", "phx_reply", { status: "ok", response: {} }];
const WELCOME = ["1", null, "room:a", "welcome", {}];
const shout = (n: number) => [null, null, "room:a", "shout", { n }];

/** A server on a connected node whose adapter confirms `"room:a"` when the test says. */
async function connected() {
  const adapter = new ScriptedAdapter();
  const confirmed = Promise.withResolvers<void>();
  adapter.onSubscribe = () => confirmed.promise;
  const pubsub = new PubSub({ adapter });
  await pubsub.ready;
  adapter.take();
  const server = new FakeServer(new AnySocket(), pubsub);
  const end = async () => {
    server[Symbol.dispose]();
    await pubsub.stop();
  };
  return { adapter, confirmed, pubsub, server, [Symbol.asyncDispose]: end };
}

Deno.test("a join waits for the bus, and what is broadcast then comes after its ok", async () => {
  await using setup = await connected();
  const { adapter, confirmed, server } = setup;
  const ann = await server.connect();
  await ann.send("1", "1", "room:a", "phx_join", {});
  await ann.send("1", "2", "room:a", "shout", { n: 2 }); // waits for the join
  adapter.node.receive({ topic: "room:a", event: "shout", payload: { n: 0 } }, "b");
  assertEquals([ann.take(), adapter.take()], [[], ["subscribe room:a"]]);
  confirmed.resolve();
  await settle();
  adapter.node.receive({ topic: "room:a", event: "shout", payload: { n: 3 } }, "b");
  assertEquals(ann.take(), [JOINED, WELCOME, shout(2), shout(3)]);
});

Deno.test("a join waits for nothing beside another member, nor without an adapter", async () => {
  await using setup = await connected();
  setup.confirmed.resolve();
  using local = new FakeServer(new AnySocket());
  for (const server of [setup.server, local]) {
    await (await server.connect()).join("room:a");
    const bob = await server.connect();
    bob.receive(JSON.stringify(["1", "1", "room:a", "phx_join", {}]));
    assertEquals(bob.take()[0], JOINED); // in the same turn
  }
  assertEquals(setup.adapter.take(), ["subscribe room:a"]);
});

Deno.test("a join fails if the engine refuses its topic, and succeeds when it no longer does", async () => {
  using crashes = new Crashes();
  using _failed = new Collected("urvogel:bus:subscribe_failed");
  await using setup = await connected();
  const { adapter, confirmed, server } = setup;
  const ann = await server.connect();
  await ann.send("1", "1", "room:a", "phx_join", {});
  confirmed.reject(new Error("no right to subscribe"));
  await settle();
  assertEquals(ann.take(), [["1", "1", "room:a", "phx_reply", {
    status: "error",
    response: { reason: "join crashed" },
  }]]);
  assertEquals(crashes.messages, ["no right to subscribe"]);
  adapter.onSubscribe = () => {};
  await ann.send("1", "1", "room:a", "phx_join", {});
  assertEquals(ann.take()[0], JOINED);
});

Deno.test("a join that waits for the bus is given up when its client leaves or disconnects", async () => {
  await using setup = await connected();
  const { confirmed, pubsub, server } = setup;
  const [ann, bob] = [await server.connect(), await server.connect()];
  for (const client of [ann, bob]) await client.send("1", "1", "room:a", "phx_join", {});
  await ann.send("1", "2", "room:a", "phx_leave", {});
  bob.hangUp();
  await settle();
  assertEquals(ann.take().map((message) => (message as unknown[])[4]), [
    { status: "error", response: { reason: "join given up" } },
    { status: "ok", response: {} },
  ]);
  confirmed.resolve();
  await settle();
  assertEquals([server.channels.size, pubsub.subscriberCount("room:a")], [0, 0]);
});

Deno.test("a connection and its id cost the engine no subscription, and a disconnect reaches it", async () => {
  await using setup = await connected();
  const { adapter, server } = setup;
  const ann = await server.connect();
  assertEquals([adapter.take(), setup.pubsub.subscriberCount("user:1")], [[], 1]);
  adapter.node.receive({ topic: "user:1", event: "disconnect", payload: {} }, "b");
  await settle();
  assertEquals(ann.connection.closedWith?.code, 1001);
});

Deno.test("a client cannot join the library's own topics, whatever the routes", async () => {
  await using setup = await connected();
  const ann = await setup.server.connect();
  await ann.send("1", "1", "urvogel:nodes", "phx_join", {});
  assertEquals(ann.take(), [[null, "1", "urvogel:nodes", "phx_reply", {
    status: "error",
    response: { reason: "unmatched topic" },
  }]]);
  assertEquals(setup.adapter.take(), []);
});

for (const pattern of ["urvogel:*", "urvogel:nodes", "urvogel:presence:*"]) {
  Deno.test(`a socket that routes "${pattern}" is refused`, () => {
    class WrongSocket extends AnySocket {
      override channels = { [pattern]: AnyChannel } as never;
    }
    assertThrows(
      () => new FakeServer(new WrongSocket()),
      TypeError,
      `Cannot route "${pattern}": topics that begin with "urvogel:" are the library's own`,
    );
  });
}

Deno.test("what a node broadcasts after the ok of another node's client arrives there, every time", async () => {
  const doors: (() => void)[] = [];
  const hub = new Hub((node) => node === "a" ? new Promise((open) => doors.push(open)) : Promise.resolve());
  const [a, b] = ["a", "b"].map((node) => new PubSub({ adapter: hub.adapter(node) }));
  using server = new FakeServer(new AnySocket(), a);
  const ann = await server.connect();
  for (let i = 0; i < 100; i++) {
    const topic = `room:${i}`;
    ann.receive(JSON.stringify(["1", "1", topic, "phx_join", {}]));
    for (let turns = i % 7; turns > 0; turns--) await Promise.resolve();
    doors.pop()!();
    while (!ann.take().some((message) => (message as unknown[])[3] === "phx_reply")) await Promise.resolve();
    b!.broadcast(topic, "shout", { i });
    await settle();
    assertEquals(ann.take().at(-1), [null, null, topic, "shout", { i }]);
    await ann.send("1", "2", topic, "phx_leave", {});
    ann.take();
  }
  for (const pubsub of [a, b]) await pubsub!.stop();
});
