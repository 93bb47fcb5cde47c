import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  BusDownError,
  type BusNode,
  CallExitError,
  CallTimeoutError,
  type CastRefusedEvent,
  DynamicSupervisor,
  GenServer,
  isLocal,
  KeyedServers,
  KeyedServersFullError,
  MailboxFullError,
  NodeDownError,
  type OwnerSessionLostEvent,
  PubSub,
  type PubSubAdapter,
  RemoteError,
  StartError,
  sys,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import * as v from "valibot";
import { Crashes } from "../support/crashes.ts";
import {
  BreakableOwners,
  type KeyedNode,
  type Log,
  pass,
  passUntil,
  RoomServer,
  startNodes,
} from "../support/keyed_nodes.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";

Deno.test("KeyedServers.ensure() finds the one server of a key, wherever it runs", async () => {
  await using cluster = await startNodes(["a", "b", "c"]);
  const [a, b, c] = cluster.nodes as [KeyedNode, KeyedNode, KeyedNode];
  assertEquals(await a.where("7"), "a");
  assertEquals(await Promise.all([a.where("7"), b.where("7"), c.where("7")]), ["a", "a", "a"]);
  assertEquals(await c.where("8"), "c");
  assertEquals(await a.where("8"), "c");
  assertEquals(cluster.log, ["a starts 7", "c starts 8"]);
  assertEquals([[...a.rooms.keys()], [...b.rooms.keys()], [...c.rooms.keys()]], [["7"], [], ["8"]]);
  assertEquals([isLocal(await a.rooms.ensure("7")), isLocal(await b.rooms.ensure("7"))], [true, false]);
  assertEquals([b.rooms.whereis("7"), await b.rooms.ensure("7") === await b.rooms.ensure("7")], [undefined, true]);
});

Deno.test("KeyedServers.ensure() starts one server when all nodes ask at once", async () => {
  await using cluster = await startNodes(["a", "b", "c"]);
  for (let i = 0; i < 20; i++) {
    using time = new FakeTime();
    const asked = Promise.all(cluster.nodes.map((node) => node.where(`${i}`)));
    assertEquals(new Set(await passUntil(time, asked)).size, 1);
  }
  assertEquals(cluster.log.length, 20);
});

Deno.test("a call reaches the server of another node, with its state, and bytes anywhere", async () => {
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  assertEquals(await room.call("add", "x"), ["x"]);
  assertEquals(room.cast("note", "y"), "sent");
  assertEquals(await room.call("add", "z"), ["x", "y", "z"]);
  const parts = [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(255)];
  assertEquals(await room.call("bytes", { parts }), { total: 3, joined: Uint8Array.of(1, 2, 255) });
});

Deno.test("a call of another node fails as a local one does, without a stack of the other node", async () => {
  using _ = new Crashes();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  const failed = await assertRejects(() => room.call("fail"), CallExitError, "rooms:7");
  assertInstanceOf(failed.reason, RemoteError);
  assertEquals([failed.reason.errorName, failed.reason.message, failed.reason.node], ["RangeError", "too far", "a"]);
  assertEquals(failed.reason.stack?.includes("keyed_nodes"), false);
  await a.where("7");
  const bad = await assertRejects(
    () => room.call("bad"),
    RemoteError,
    'the reply to "bad" to another node: value must',
  );
  assertEquals(bad.errorName, "TypeError");
  const refused = await assertRejects(() => room.call("nothing" as "where"), RemoteError, "has no such call");
  assertEquals(refused.node, "a");
  assertEquals(await room.call("where"), "a"); // which still runs
  for (const odd of [new Map(), new Date(), Promise.resolve(), () => {}, 1n, NaN, Symbol("s"), [undefined]]) {
    await assertRejects(() => room.call("add", odd as never), TypeError, 'Cannot send call "add" to another node');
    assertThrows(() => room.cast("note", odd as never), TypeError, 'Cannot send cast "note" to another node');
  }
});

Deno.test("a call of another node rejects after its timeout, and says that nothing is known", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  cluster.hub.decide = (_, to, { event }) => to === "b" && event === "reply" ? "lose" : "deliver";
  const late = assertRejects(
    () => room.call("wait", undefined, { timeoutMs: 250 }),
    CallTimeoutError,
    "may have handled it",
  );
  await pass(time, 300);
  await late;
  cluster.hub.decide = () => "deliver";
  const busy = assertRejects(
    () => room.call("wait", undefined, { timeoutMs: 250 }),
    CallTimeoutError,
    "no reply within 250 ms",
  );
  await pass(time, 300);
  await busy;
  await assertRejects(() => room.call("wait", undefined, { timeoutMs: -1 }), RangeError, "timeoutMs");
});

Deno.test("a call of another node rejects when the mailbox of the server is full", async () => {
  await using cluster = await startNodes(["a", "b"], { mailbox: { capacity: 1 } });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  const server = a.rooms.whereis("7")!;
  await sys.suspend(server);
  assertEquals(server.cast("note", "x"), "sent");
  await assertRejects(() => room.call("where"), MailboxFullError, "rooms:7");
  await sys.resume(server);
  assertEquals(await room.call("where"), "a");
});

Deno.test("schemas guard a server against requests of other nodes", async () => {
  await using cluster = await startNodes(["a", "b"], {
    schemas: { add: v.pipe(v.string(), v.maxLength(3)), note: v.string() },
  });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  await assertRejects(() => room.call("add", "long"), RemoteError, 'Cannot call "add": the request does not fit');
  using refused = new Collected<CastRefusedEvent>("urvogel:node:cast_refused");
  room.cast("note", 7 as never);
  room.cast("undo" as "note", "x");
  assertEquals(await room.call("add", "x"), ["x"]);
  assertEquals(refused.events.map(({ server, name, error }) => [server, name, error.message]), [
    [
      "7",
      "note",
      'Cannot cast "note": the request does not fit its schema: Invalid type: Expected string but received 7',
    ],
    ["7", "undo", 'Cannot cast "undo": the server has no such cast'],
  ]);
});

Deno.test("open calls reject at once when the node of the server goes down", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  const open = assertRejects(() => room.call("wait", undefined, { timeoutMs: Infinity }), NodeDownError);
  await settle({ timeoutMs: 0 });
  cluster.hub.part(["a"], ["b"]);
  await pass(time, 500);
  await open;
  assertEquals(room.cast("note", "x"), "closed");
});

Deno.test("a server whose node died is started elsewhere once its session has ended", async () => {
  using time = new FakeTime();
  using _lost = new Collected<OwnerSessionLostEvent>("urvogel:owner:session_lost");
  await using cluster = await startNodes(["a", "b", "c"]);
  const [a, b, c] = cluster.nodes as [KeyedNode, KeyedNode, KeyedNode];
  await a.where("7");
  assertEquals(await b.where("7"), "a");
  cluster.owners.cut.add("a"); // to the others, a node that cannot be reached at all is as good as dead
  cluster.hub.part(["a"], ["b", "c"]);
  const asked = Promise.all([b.where("7"), c.where("7")]);
  const startedAt = Date.now();
  const [one, other] = await passUntil(time, asked);
  assert(Date.now() - startedAt <= 3000, `${Date.now() - startedAt} ms`);
  assertEquals(one, other);
  assertEquals(cluster.log, ["a starts 7", `${one} starts 7`]);
});

Deno.test("a node that loses its session ends its servers at once, before another can own their keys", async () => {
  using time = new FakeTime();
  using lost = new Collected<OwnerSessionLostEvent>("urvogel:owner:session_lost");
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await a.rooms.ensure("7");
  assert(isLocal(room));
  const ended = assertRejects(
    () => room.call("wait", undefined, { timeoutMs: Infinity }),
    CallExitError,
    "ownership lost",
  );
  const asked = passUntil(
    time,
    (async () => {
      await b.rooms.ensure("7");
      cluster.owners.cut.add("a");
      for (let ms = 0; room.alive; ms += 50) {
        assert(ms <= 1400, "it ended two thirds of the time after the last renewal");
        await pass(time, 50);
        if (room.alive) assertEquals(await b.where("7"), "a");
      }
      return await b.where("7");
    })(),
  );
  assertEquals(await asked, "b");
  await ended;
  assertEquals(lost.events.map(({ node }) => node), ["a"]);
  assertEquals(cluster.log, ["a starts 7", "b starts 7"]); // without terminate
  cluster.owners.cut.clear();
  assertEquals(await passUntil(time, a.where("7")), "b");
});

Deno.test("a node that slept longer than its session does not act on what arrives then", async () => {
  using time = new FakeTime();
  using _ = new Collected<OwnerSessionLostEvent>("urvogel:owner:session_lost");
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  const real = Date.now;
  const wokenAt = Date.now() + 5000;
  Date.now = () => wokenAt; // timers have not run yet
  try {
    const called = room.call("add", "x");
    await settle();
    assertEquals(a.rooms.whereis("7"), undefined);
    Date.now = real;
    assertEquals(await passUntil(time, called), ["x"]);
  } finally {
    Date.now = real;
  }
  assertEquals(cluster.log.filter((line) => line.startsWith("a")), ["a starts 7"]);
});

Deno.test("a node that stops hands its servers over in order, and the next ensure() starts them at once", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const first = await b.rooms.ensure("7");
  const token = BigInt(await first.call("token"));
  await a.pubsub.stop();
  const startedAt = Date.now();
  assertEquals(await passUntil(time, b.where("7")), "b");
  assert(Date.now() - startedAt < 100);
  assertEquals(cluster.log, ["a starts 7", "a ends 7", "b starts 7"]);
  assert(BigInt(await (await b.rooms.ensure("7")).call("token")) > token);
  await assertRejects(() => a.rooms.ensure("9"), Error, "the bus is down");
});

Deno.test("KeyedServers.stop() ends the server of a key on another node, and frees the key", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  await b.rooms.stop("7");
  assertEquals([a.rooms.size, cluster.log], [0, ["a starts 7", "a ends 7"]]);
  await b.rooms.stop("never");
  assertEquals(await passUntil(time, room.call("where")), "b"); // not handled there: looked for again
  assertEquals(await passUntil(time, a.where("7")), "b");
});

Deno.test("a cast to a server that has just ended reaches the next one", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  a.rooms.whereis("7")!.cast("leave");
  room.cast("note", "late");
  await pass(time, 1000);
  assertEquals(cluster.log, ["a starts 7", "a ends 7", "a starts 7", "a notes late"]);
});

Deno.test("KeyedServers.ensure() rejects with the reason when the start fails on another node", async () => {
  using time = new FakeTime();
  using _ = new Crashes();
  let fails = true;
  const starting = async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    if (fails) throw new RangeError("no disk");
  };
  await using cluster = await startNodes(["a", "b"], { starting });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  const asked = [a.rooms.ensure("7")];
  await pass(time, 100);
  asked.push(b.rooms.ensure("7"));
  const results = await passUntil(time, Promise.allSettled(asked));
  for (const result of results) assertInstanceOf(result.status === "rejected" && result.reason, StartError);
  assertEquals([a.rooms.size, b.rooms.size], [0, 0]);
  fails = false;
  assertEquals(await passUntil(time, b.where("7")), "b");
});

Deno.test("KeyedServers.ensure() waits for a start on another node, however long it takes", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"], {
    starting: () => new Promise((resolve) => setTimeout(resolve, 20_000)),
  });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  const first = a.rooms.ensure("7");
  await pass(time, 100);
  assertEquals(await passUntil(time, b.where("7")), "a");
  await first;
  assertEquals(cluster.log, ["a starts 7"]);
});

Deno.test("KeyedServers.ensure() gives up on an owner that does not answer but keeps its session", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  cluster.hub.part(["a"], ["b"]);
  await pass(time, 500);
  await assertRejects(() => passUntil(time, b.rooms.ensure("7"), 5000), NodeDownError, '"a" for "rooms:7"');
  cluster.hub.heal();
  await pass(time, 500);
  assertEquals(await passUntil(time, b.where("7")), "a");
});

Deno.test("KeyedServers.ensure() rejects while the engine is away, and servers that run go on for a while", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a"]);
  const [a] = cluster.nodes as [KeyedNode];
  await a.where("7");
  cluster.owners.cut.add("a");
  await assertRejects(() => a.rooms.ensure("8"), Error, "no engine");
  await pass(time, 1000);
  assertEquals(await a.where("7"), "a");
  cluster.owners.cut.clear();
  await pass(time, 5000);
  assertEquals([await a.where("7"), await a.where("8")], ["a", "a"]);
  assertEquals(cluster.log, ["a starts 7", "a starts 8"]);
});

Deno.test("KeyedServers.ensure() waits for the first connection of a program that has just started", async () => {
  const owners = new BreakableOwners();
  owners.cut.add("a");
  const { promise: connected, resolve: connect } = Promise.withResolvers<void>();
  const adapter = new Hub().adapter("a");
  const start = (node: BusNode) => connected.then(() => adapter.start(node));
  const pubsub = new PubSub({ adapter: { ...adapter, start, owners } as PubSubAdapter });
  class Named extends GenServer<string> {
    override init(key: string) {
      return key;
    }
  }
  await using rooms = new KeyedServers(Named, { pubsub });
  await rooms.start();
  const asked = rooms.ensure("7");
  await settle();
  assertEquals(owners.asked, []);
  owners.cut.clear();
  connect();
  assertEquals(isLocal(await asked), true);
  await pubsub.stop();
});

Deno.test("PubSub.stop() does not wait for the first connection with the bus, although a key was asked for", async () => {
  using _time = new FakeTime(); // in which the time for that does not pass
  const never = new Promise<never>(() => {});
  const adapter = { ...new Hub().adapter("a"), start: () => never, owners: new BreakableOwners() };
  const pubsub = new PubSub({ adapter: adapter as PubSubAdapter });
  await using supervisor = await DynamicSupervisor.start();
  const rooms = new KeyedServers(RoomServer, {
    pubsub,
    supervisor,
    arg: (key) => ({ key, node: "a", log: [], starting: () => {} }),
  });
  const asked = assertRejects(() => rooms.ensure("7"), BusDownError, "own keys");
  await settle();
  await pubsub.stop();
  await asked;
});

Deno.test("KeyedServers spread keys by what the nodes have", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b", "c"], { placement: "spread" });
  const [a] = cluster.nodes as [KeyedNode];
  await pass(time, 200);
  await passUntil(time, Promise.all(Array.from({ length: 30 }, (_, i) => a.rooms.ensure(`${i}`))));
  assertEquals(cluster.nodes.map(({ rooms }) => rooms.size), [10, 10, 10]);
  assertEquals(cluster.log.length, 30);
});

Deno.test("KeyedServers count maxKeys for each node", async () => {
  using time = new FakeTime();
  using _full = new Collected("urvogel:keyed:full");
  await using cluster = await startNodes(["a", "b"], { maxKeys: 1 });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  await assertRejects(() => passUntil(time, a.rooms.ensure("8")), Error, '"maxKeys"');
  assertEquals([await b.where("7"), await b.where("8"), await passUntil(time, a.where("8"))], ["a", "b", "b"]);
});

Deno.test("KeyedServers keep to maxKeys when many keys are asked for at once", async () => {
  using time = new FakeTime();
  using full = new Collected("urvogel:keyed:full");
  await using cluster = await startNodes(["a"], { maxKeys: 2 });
  const [a] = cluster.nodes as [KeyedNode];
  const asked = ["1", "2", "3", "4"].map((key) => a.rooms.ensure(key));
  const results = await passUntil(time, Promise.allSettled(asked));
  assertEquals(results.map((result) => result.status), ["fulfilled", "fulfilled", "rejected", "rejected"]);
  for (const result of results.slice(2)) {
    assertInstanceOf((result as PromiseRejectedResult).reason, KeyedServersFullError);
  }
  assertEquals([a.rooms.size, full.events.length, cluster.log.length], [2, 2, 2]);
  await a.rooms.stop("1");
  assertEquals(await a.where("3"), "a"); // its key is free
});

Deno.test("10,000 keys cost one renewal", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a"]);
  const [a] = cluster.nodes as [KeyedNode];
  await Promise.all(Array.from({ length: 10_000 }, (_, i) => a.rooms.ensure(`${i}`)));
  cluster.owners.asked.length = 0;
  await pass(time, 2000);
  assertEquals(cluster.owners.asked, Array(4).fill("a renew"));
});

Deno.test("KeyedServers with scope node have a server on each node, and need no engine", async () => {
  await using cluster = await startNodes(["a", "b"], { scope: "node" });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  assertEquals([await a.where("7"), await b.where("7")], ["a", "b"]);
  assertEquals(cluster.owners.asked, []);
  const hub = new Hub();
  const pubsub = new PubSub({ adapter: hub.adapter("x") });
  const arg = (key: string) => ({ key, node: "x", log: [], starting: () => {} });
  assertThrows(() => new KeyedServers(RoomServer, { pubsub, arg, scope: "cluster" } as never), TypeError, '"owners"');
  new KeyedServers(RoomServer, { pubsub, arg });
  const wrong = new PubSub({ adapter: Object.assign(hub.adapter("y"), { owners: {} }) });
  assertThrows(() => new KeyedServers(RoomServer, { pubsub: wrong, arg }), TypeError, "must be an OwnerEngine");
  await pubsub.stop();
  await wrong.stop();
});

Deno.test("KeyedServers refuse a name that others of the node have", async () => {
  await using cluster = await startNodes(["a"]);
  const [a] = cluster.nodes as [KeyedNode];
  const arg = (key: string) => ({ key, node: "a", log: [], starting: () => {} });
  const options = { pubsub: a.pubsub, supervisor: a.supervisor, arg, name: "rooms" };
  assertThrows(() => new KeyedServers(RoomServer, options), TypeError, "rooms");
  await a.rooms[Symbol.asyncDispose]();
  await new KeyedServers(RoomServer, options)[Symbol.asyncDispose]();
});

Deno.test("KeyedServers with checkCalls copy requests and replies within a node, and check them", async () => {
  const log: Log = [];
  await using supervisor = await DynamicSupervisor.start();
  const rooms = new KeyedServers(RoomServer, {
    supervisor,
    pubsub: new PubSub(),
    arg: (key) => ({ key, node: "a", log, starting: () => {} }),
    schemas: { note: v.pipe(v.string(), v.maxLength(3)) },
    checkCalls: true,
  });
  const room = await rooms.ensure("7");
  const lines = await room.call("add", "x");
  assert(await room.call("add", "y") !== lines);
  await assertRejects(() => room.call("bad"), TypeError, 'the reply to "bad" to another node: it must be JSON');
  await assertRejects(() => room.call("add", new Map() as never), TypeError, "received Map");
  assertThrows(() => room.cast("note", "long"), TypeError, "does not fit its schema");
  assertEquals(room.cast("note", "ok"), "sent");
  assertEquals(await room.call("add", "z"), ["x", "y", "ok", "z"]);
  assertEquals(log, ["a starts 7", "a notes ok"]);
});

const ENDS: Readonly<Record<string, (node: KeyedNode) => PromiseLike<void>>> = {
  "its servers are disposed": ({ rooms }) => rooms[Symbol.asyncDispose](),
  "its PubSub stops": ({ pubsub }) => pubsub.stop(),
};
for (const [when, end] of Object.entries(ENDS)) {
  Deno.test(`an ensure() that waits for the owner of a key rejects when ${when}`, async () => {
    await using cluster = await startNodes(["a"]);
    const [a] = cluster.nodes as [KeyedNode];
    await (await cluster.owners.open("gone", 60_000)).claim("rooms:7");
    using time = new FakeTime();
    const refused = assertRejects(() => a.rooms.ensure("7"));
    for (let n = 0; n < 20; n++) await time.tickAsync(50);
    await end(a);
    await refused; // without a pause
  });
}
