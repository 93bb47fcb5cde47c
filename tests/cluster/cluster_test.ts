import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  Agent,
  BusDownError,
  CallExitError,
  CallTimeoutError,
  type CastRefusedEvent,
  Cluster,
  type ClusterNodeChange,
  debug,
  GenServer,
  NodeDownError,
  noreply,
  PubSub,
  RemoteError,
  reply,
  type ServerRef,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import * as v from "valibot";
import { NodeRequests } from "../../lib/cluster/node_requests.ts";
import { pass } from "../support/keyed_nodes.ts";
import { Hub } from "../support/pubsub_hub.ts";
import { Collected } from "../support/telemetry.ts";
import { until } from "../support/until.ts";

interface Stats {
  calls: { get(): number; add(by: number): number; secret(): string; wait(): void };
  casts: { reset(to: number): void };
}
class StatsServer extends GenServer<number, Stats> {
  override init(start: number) {
    return start;
  }
  override handleCall = this.calls({
    get: (state) => reply(state, state),
    add: (state, by) => reply(state + by, state + by),
    secret: (state) => reply("secret", state),
    wait: (state) => noreply(state),
  });
  override handleCast = this.casts({ reset: (_, to) => noreply(to) });
}

/** A node that exposes a server, unless it has no number. */
class Node implements AsyncDisposable {
  readonly pubsub: PubSub;
  readonly cluster: Cluster;
  server: ServerRef<Stats> | undefined;
  unexpose: () => void = () => {};

  private constructor(hub: Hub, readonly name: string) {
    this.pubsub = new PubSub({ adapter: hub.adapter(name), heartbeatMs: 100, downMs: 300 });
    this.cluster = Cluster.of(this.pubsub);
  }

  static async start(hub: Hub, name: string, number?: number): Promise<Node> {
    const node = new Node(hub, name);
    if (number === undefined) return node;
    node.server = await GenServer.start(StatsServer, number);
    const schemas = { add: v.number() };
    node.unexpose = node.cluster.expose("stats", () => node.server, ["get", "add", "wait", "reset"], { schemas });
    return node;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pubsub.stop();
    await this.server?.stop();
  }
}

async function start() {
  const hub = new Hub();
  const nodes = [await Node.start(hub, "a"), await Node.start(hub, "b", 2), await Node.start(hub, "c", 3)] as const;
  await settle();
  return {
    hub,
    nodes,
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    },
  };
}

Deno.test("Cluster.ref() calls the server that a node exposes", async () => {
  await using started = await start();
  const [a, b] = started.nodes;
  const stats = a.cluster.ref<Stats>("b", "stats");
  assertEquals([await stats.call("get"), await stats.call("add", 5)], [2, 7]);
  assertEquals(stats.cast("reset", 1), "sent");
  assertEquals([await stats.call("get"), await b.cluster.ref<Stats>("b", "stats").call("get")], [1, 1]);
});

Deno.test("Cluster.ref() refuses what is not exposed, and what does not fit its schema", async () => {
  await using started = await start();
  const [a] = started.nodes;
  const stats = a.cluster.ref<Stats>("b", "stats");
  const refused = await assertRejects(
    () => stats.call("secret"),
    RemoteError,
    '"secret" of "stats": it is not exposed',
  );
  assertEquals([refused.node, refused.errorName], ["b", "TypeError"]);
  await assertRejects(() => stats.call("add", "x" as never), RemoteError, "does not fit its schema");
  await assertRejects(() => a.cluster.ref<Stats>("b", "others").call("get"), CallExitError, "noproc");
  await assertRejects(() => a.cluster.ref<Stats>("nobody", "stats").call("get"), NodeDownError);
  assertEquals(a.cluster.ref<Stats>("nobody", "stats").cast("reset", 0), "closed");
  assertThrows(() => stats.cast("reset", new Map() as never), TypeError, "must be JSON or bytes");
  using refusals = new Collected<CastRefusedEvent>("urvogel:node:cast_refused");
  stats.cast("secret" as "reset", 1);
  assertEquals(await stats.call("get"), 2);
  assertEquals(refusals.events.map(({ server, name }) => [server, name]), [["stats", "secret"]]);
});

Deno.test("Cluster.ref() rejects with noproc when the node exposes nothing", async () => {
  await using started = await start();
  const { hub, nodes: [a] } = started;
  const plain = new PubSub({ adapter: hub.adapter("plain"), heartbeatMs: 100, downMs: 300 });
  NodeRequests.of(plain); // without a Cluster
  await settle();
  const error = await assertRejects(() => a.cluster.ref<Stats>("plain", "stats").call("get"), CallExitError, "stats");
  assertEquals(error.reason, "noproc");
  await plain.stop();
});

Deno.test('Cluster.ref("any") prefers this node, and finds another one', async () => {
  await using started = await start();
  const [a, b, c] = started.nodes;
  assertEquals(await b.cluster.ref<Stats>("any", "stats").call("get"), 2);
  const found = new Set<number>();
  const stats = a.cluster.ref<Stats>("any", "stats");
  for (let i = 0; i < 50; i++) found.add(await stats.call("get"));
  assertEquals([...found].sort(), [2, 3]);
  b.unexpose();
  c.unexpose();
  await assertRejects(() => b.cluster.ref<Stats>("any", "stats").call("get"), CallExitError, "noproc");
});

Deno.test("Cluster.expose() is known to the other nodes at once", async () => {
  await using started = await start();
  const [a, b] = started.nodes;
  const stats = await GenServer.start(StatsServer, 1);
  const unexpose = a.cluster.expose("late", stats, ["get"]);
  await settle();
  assertEquals([...(await b.cluster.refs<Stats>("late").multiCall("get")).replies], [["a", 1]]);
  unexpose();
  await settle();
  assertEquals(await b.cluster.refs<Stats>("late").multiCall("get"), { replies: new Map(), missing: new Map() });
  await stats.stop();
});

Deno.test("Cluster.expose() with a function survives a restart of the server", async () => {
  await using started = await start();
  const [a, b] = started.nodes;
  const stats = a.cluster.ref<Stats>("b", "stats");
  await b.server!.stop();
  await assertRejects(() => stats.call("get"), CallExitError, "noproc");
  b.server = await GenServer.start(StatsServer, 20);
  assertEquals(await stats.call("get"), 20);
  assertThrows(() => b.cluster.expose("stats", b.server!, ["get"]), TypeError, "this node exposes one of this name");
  assertThrows(() => b.cluster.expose("x".repeat(65), b.server!, ["get"]), RangeError, "at most 32 servers");
});

Deno.test("what ends Cluster.expose() does nothing once another server has the name", async () => {
  await using started = await start();
  const [a, b] = started.nodes;
  const { unexpose } = b;
  unexpose();
  b.unexpose = b.cluster.expose("stats", b.server!, ["get"]);
  unexpose();
  await settle();
  assertEquals(await a.cluster.ref<Stats>("b", "stats").call("get"), 2);
});

Deno.test.each([-1, NaN])("Cluster.refs().multiCall() refuses a timeout of %f", async (timeoutMs) => {
  await using started = await start();
  const stats = started.nodes[0].cluster.refs<Stats>("stats");
  await assertRejects(
    () => stats.multiCall("get", undefined, { timeoutMs }),
    RangeError,
    'Cannot call "get" of all nodes',
  );
});

Deno.test("Cluster.refs().multiCall() names who replied and who is missing", async () => {
  using time = new FakeTime();
  await using started = await start();
  const { hub, nodes: [a, b, c] } = started;
  const all = a.cluster.refs<Stats>("stats");
  assertEquals(await all.multiCall("get"), { replies: new Map([["b", 2], ["c", 3]]), missing: new Map() });
  await c.server!.stop();
  const ended = await all.multiCall("add", 1);
  assertEquals([...ended.replies], [["b", 3]]);
  assertInstanceOf(ended.missing.get("c"), CallExitError);
  hub.part(["c"], ["a", "b"]);
  await pass(time, 500);
  const down = await all.multiCall("get");
  assertEquals([...down.replies], [["b", 3]]);
  assertInstanceOf(down.missing.get("c"), NodeDownError);
  const late = all.multiCall("wait", undefined, { timeoutMs: 200 });
  await settle({ timeoutMs: 0 });
  await pass(time, 300);
  assertEquals([...(await late).missing.keys()].sort(), ["b", "c"]);
  assertInstanceOf((await b.cluster.refs<Stats>("stats").multiCall("get")).missing.get("c"), NodeDownError);
});

Deno.test("Cluster.refs().abcast() reaches all nodes, and names who is missing", async () => {
  using time = new FakeTime();
  await using started = await start();
  const { hub, nodes: [a, b, c] } = started;
  assertEquals(b.cluster.refs<Stats>("stats").abcast("reset", 9), { sent: ["b", "c"], missing: [] });
  await settle();
  assertEquals([await b.server!.call("get"), await c.server!.call("get")], [9, 9]);
  hub.part(["c"], ["a", "b"]);
  await pass(time, 500);
  assertEquals(a.cluster.refs<Stats>("stats").abcast("reset", 8), { sent: ["b"], missing: ["c"] });
  hub.heal();
  await pass(time, 500);
  hub.break();
  assertEquals(b.cluster.refs<Stats>("stats").abcast("reset", 7), { sent: ["b"], missing: ["c"] });
  await settle();
  assertEquals([await b.server!.call("get"), await c.server!.call("get")], [7, 9]);
  hub.mend();
});

Deno.test("Cluster.refs().abcast() names all others as missing when the bus refuses it", async () => {
  await using started = await start();
  const { nodes: [, b] } = started;
  b.pubsub.adapter!.broadcast = () => {
    throw new BusDownError("broadcast", { cause: new Error("too much waits") }); // though it is connected
  };
  assertEquals(b.cluster.refs<Stats>("stats").abcast("reset", 9), { sent: ["b"], missing: ["c"] });
});

Deno.test("a call to a node rejects after its timeout, and says that nothing is known", async () => {
  using time = new FakeTime();
  await using started = await start();
  const stats = started.nodes[0].cluster.ref<Stats>("b", "stats");
  const late = assertRejects(() => stats.call("wait", undefined, { timeoutMs: 100 }), CallTimeoutError, "100 ms");
  await pass(time, 200);
  await late;
});

Deno.test("Cluster.nodes() and onNodeChange() follow the membership", async () => {
  using time = new FakeTime();
  await using started = await start();
  const { hub, nodes: [a, , c] } = started;
  const changes: ClusterNodeChange[] = [];
  const off = a.cluster.onNodeChange((change) => changes.push(change));
  assertEquals(a.cluster.nodes().map(({ name, isSelf, status }) => [name, isSelf, status]), [
    ["a", true, "up"],
    ["b", false, "up"],
    ["c", false, "up"],
  ]);
  hub.part(["b"], ["a", "c"]);
  await pass(time, 500);
  await c.pubsub.stop();
  await settle();
  assertEquals(changes, [{ name: "b", status: "down" }, { name: "c", status: "gone" }]);
  off();
  hub.heal();
  await pass(time, 500);
  assertEquals(changes.length, 2);
  assert(Cluster.of(a.pubsub) === a.cluster);
});

Deno.test("debug.processInfo() names the server of another node whose reply a handler waits for", async () => {
  await using started = await start();
  const stats = started.nodes[0].cluster.ref<Stats>("b", "stats");
  using _ = debug.watch();
  const agent = await Agent.start(() => 0);
  const update = agent.update(async (n) => await stats.call("wait", undefined, { timeoutMs: 50 }).catch(() => {}) ?? n);
  const awaited = () => debug.processInfo(agent)?.awaitedReply;
  await until(() => awaited() !== undefined, "the agent waits for node b");
  assertEquals(awaited(), { server: "stats", call: "wait", node: "b", pid: undefined });
  await update;
  assertEquals(awaited(), undefined);
  await agent.stop();
});
