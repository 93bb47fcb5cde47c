import { assertEquals, assertRejects } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { GenServer, isLocal, KeyedServers, reply, StartError } from "@urvogel/realtime";
import { type KeyedNode, pass, passUntil, startNodes } from "../support/keyed_nodes.ts";

Deno.test("calls that a server has when its node stops are handled, and get their replies", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  class Gate extends GenServer<number, { calls: { pass(): number } }> {
    override init() {
      return 0;
    }
    override handleCall = this.calls({
      pass: async (passed) => {
        await opened;
        return reply(passed + 1, passed + 1);
      },
    });
  }
  const [a, b] = cluster.nodes.map(({ pubsub, supervisor }) => new KeyedServers(Gate, { pubsub, supervisor })) as [
    KeyedServers<typeof Gate>,
    KeyedServers<typeof Gate>,
  ];
  await a.ensure("7");
  const gate = await b.ensure("7");
  const asked = Promise.all([gate.call("pass"), gate.call("pass")]);
  await pass(time, 50);
  const stopping = a.pubsub.stop();
  await pass(time, 200);
  open();
  assertEquals(await passUntil(time, asked), [1, 2]);
  await passUntil(time, stopping);
});

Deno.test("KeyedServers.ensure() waits for the end of the server on another node, however long it takes", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<void>();
  class Slow extends GenServer<string> {
    override init(key: string) {
      return key;
    }
    override terminate() {
      return mayEnd;
    }
  }
  const [a, b] = cluster.nodes.map(({ pubsub, supervisor }) => {
    return new KeyedServers(Slow, { pubsub, supervisor, shutdownMs: 60_000 });
  }) as [KeyedServers<typeof Slow>, KeyedServers<typeof Slow>];
  await a.ensure("7");
  const stopping = a.pubsub.stop();
  const found = b.ensure("7");
  found.catch(() => {});
  await pass(time, 10_000); // longer than it waits for a node that does not reply
  end();
  await passUntil(time, stopping);
  assertEquals(isLocal(await passUntil(time, found)), true);
});

Deno.test("keys of KeyedServers that are disposed are started elsewhere, and no more there", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  const room = await b.rooms.ensure("7");
  cluster.owners.delayMs = 500; // the key is released slowly
  await a.rooms[Symbol.asyncDispose]();
  assertEquals(await passUntil(time, b.where("7")), "b");
  assertEquals(await passUntil(time, room.call("where")), "b");
  await assertRejects(() => a.rooms.ensure("8"), StartError, "noproc");
  cluster.owners.delayMs = 0;
});

Deno.test("KeyedServers.stop() does nothing when the KeyedServers on the node of the server were disposed", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("7");
  cluster.owners.cut.add("a"); // the key is not released yet
  await a.rooms[Symbol.asyncDispose]();
  await passUntil(time, b.rooms.stop("7"));
  assertEquals(cluster.log, ["a starts 7", "a ends 7"]);
});

Deno.test("KeyedServers that are disposed start no server that is being claimed", async () => {
  using time = new FakeTime();
  await using cluster = await startNodes(["a", "b"]);
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await a.where("0"); // opens its session
  cluster.owners.delayMs = 500;
  const asked = assertRejects(() => a.rooms.ensure("7"), StartError, "noproc");
  await pass(time, 50);
  await a.rooms[Symbol.asyncDispose]();
  await passUntil(time, asked);
  cluster.owners.delayMs = 0;
  assertEquals(await passUntil(time, b.where("7"), 1000), "b");
  assertEquals(cluster.log, ["a starts 0", "a ends 0", "b starts 7"]);
});

Deno.test("KeyedServers that are being disposed start no server for another node", async () => {
  using time = new FakeTime();
  const { promise: started, resolve: start } = Promise.withResolvers<void>();
  await using cluster = await startNodes(["a", "b"], { placement: "spread", starting: () => started });
  const [a, b] = cluster.nodes as [KeyedNode, KeyedNode];
  await pass(time, 200);
  const asked = [a, b, a, b].map(({ rooms }, i) => rooms.ensure(`${i}`));
  await pass(time, 200);
  assertEquals([a.rooms.size, b.rooms.size], [2, 2]);
  const disposed = b.rooms[Symbol.asyncDispose]();
  const later = ["4", "5"].map((key) => a.rooms.ensure(key)); // one of them goes to b, as far as a knows
  await pass(time, 200);
  start();
  await passUntil(time, Promise.all([disposed, ...asked, ...later]));
  assertEquals([b.rooms.size, cluster.log.filter((line) => /b starts [45]/.test(line))], [0, []]);
});
