import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows, fail } from "@std/assert";
import { stub } from "@std/testing/mock";
import { FakeTime } from "@std/testing/time";
import { Agent, debug, Endpoint, GenServer, reply, spawn, sys } from "@urvogel/realtime";
import { connect, settle } from "@urvogel/realtime/testing";
import { door, SpokenSocket } from "../../support/spoken_app.ts";

interface Vault {
  calls: { get(): string };
}

class VaultServer extends GenServer<{ apiToken: string }, Vault> {
  override init(_: undefined) {
    return { apiToken: "sesame" };
  }
  override handleCall = this.calls({ get: (state) => reply(state.apiToken, state) });
}

const createEndpoint = () => new Endpoint({ sockets: { "/socket": SpokenSocket } });

Deno.test("debug.tree() shows a page of the children of each process, down to a depth", async () => {
  const endpoint = createEndpoint();
  await using a = await connect(endpoint, { name: "a" });
  await using _b = await connect(endpoint, { name: "b" });
  await a.join("room:1");
  await a.join("room:2");
  const page = debug.tree(endpoint, { limit: 2, depth: 1 });
  assertEquals([page.id, page.type, page.status], ["Endpoint", "supervisor", "running"]);
  assertEquals(page.children.items.map(({ id }) => id), ["PubSub", "SpokenSocket user:a"]);
  assertEquals([page.children.total, page.children.next], [3, 2]);
  const [, socket = fail()] = page.children.items;
  assertEquals(socket.children, { items: [], total: 2, next: 0 });
  const { children } = debug.tree(socket.pid ?? fail(), { limit: 1, offset: 1 });
  assertEquals(children.items.map(({ id, type }) => [id, type]), [['SpokenChannel "room:2"', "worker"]]);
});

Deno.test("debug.tree() refuses a depth that makes no sense", () => {
  assertThrows(
    () => debug.tree(createEndpoint(), { depth: -1 }),
    RangeError,
    '"depth" must be an integer from 0 to 10',
  );
});

Deno.test("debug.processes() finds a channel that is stuck in a handler", async () => {
  using time = new FakeTime();
  using _ = debug.watch();
  const endpoint = createEndpoint();
  await using client = await connect(endpoint);
  await client.join("room:idle");
  const room = await client.join("room:open");
  const ref = room.push("wait");
  room.push("echo");
  room.push("echo");
  await client.heartbeat();
  time.tick(3000);
  const [stuck = fail()] = debug.processes({ order: "running", limit: 1 }).items;
  assertEquals([stuck.label, stuck.messageQueueLength], ['SpokenChannel "room:open"', 2]);
  assertStrictEquals(debug.processes({ order: "backlog", limit: 1 }).items[0]?.pid, stuck.pid);
  assert(stuck.busy?.includes("wait"), stuck.busy);
  assert(stuck.handlers?.runningMs !== undefined);
  assertStrictEquals(debug.processWithId(stuck.pid.id), stuck.pid);
  door.open();
  await room.assertReply(ref, "ok");
  await settle();
  const idle = debug.processInfo(stuck.pid) ?? fail();
  const afterJoinAndMessages = 4;
  assertEquals([idle.busy, idle.handlers?.runningMs], [undefined, undefined]);
  assertEquals(idle.handlers?.handled, afterJoinAndMessages);
  assertEquals(idle.ancestors.map(({ label }) => label), ["SpokenSocket user:ann", "Endpoint"]);
});

Deno.test("debug.processes() finds the server whose handler kept the thread for longest", async () => {
  const clock = { now: 1_000 };
  using _clock = stub(performance, "now", () => clock.now);
  await using computes = await Agent.start(() => 0, { label: "computes" });
  await using waits = await Agent.start(() => 0, { label: "waits" });
  using _ = debug.watch();
  await computes.update((n) => {
    clock.now += 200;
    return n;
  });
  await computes.update(async (n) => {
    clock.now += 300;
    await Promise.resolve();
    clock.now += 1_000; // something else may have run meanwhile
    return n;
  });
  await waits.update(async (n) => {
    await Promise.resolve();
    clock.now += 5_000;
    return n;
  });
  const [first, second] = debug.processes({ order: "blocking", limit: 2 }).items;
  assertEquals([first?.label, first?.handlers?.longestBlockMs], ["computes", 300]);
  assertEquals(second?.handlers?.longestBlockMs, 0);
  assertEquals(debug.processInfo(waits)?.handlers?.longestMs, 5_000);
});

Deno.test("debug.watch() also measures a handler that began before it, and ends with the last one", async () => {
  const endpoint = createEndpoint();
  await using client = await connect(endpoint);
  const room = await client.join("room:open");
  const ref = room.push("wait");
  await client.heartbeat(); // meanwhile the handler has come to the door
  const [{ pid } = fail()] = debug.processes({ search: "room:open" }).items;
  assertEquals(debug.processInfo(pid)?.handlers, undefined);
  const first = debug.watch();
  const second = debug.watch();
  assert(debug.processInfo(pid)?.handlers?.runningMs !== undefined);
  first[Symbol.dispose]();
  first[Symbol.dispose](); // counts once
  assert(debug.processInfo(pid)?.handlers);
  second[Symbol.dispose]();
  assertEquals(debug.processInfo(pid)?.handlers, undefined);
  door.open();
  await room.assertReply(ref, "ok");
});

Deno.test("debug.watch() leaves the statistics and traces of sys alone", async () => {
  await using vault = await GenServer.start(VaultServer, undefined);
  await sys.statistics(vault, "on");
  debug.watch()[Symbol.dispose]();
  await vault.call("get");
  assertEquals((await sys.statistics(vault))?.messagesIn, 1);
  using _ = debug.watch();
  await sys.statistics(vault, "off");
  await vault.call("get");
  assertEquals(debug.processInfo(vault)?.handlers?.handled, 1);
});

Deno.test("debug.processState() hides secrets, and refuses a process that is no server", async () => {
  await using vault = await GenServer.start(VaultServer, undefined);
  const { state, phase } = await debug.processState(vault);
  assertEquals([state, phase], [{ apiToken: "[redacted]" }, "running"]);
  const pid = spawn(async (mailbox) => void await Array.fromAsync(mailbox));
  await assertRejects(() => debug.processState(pid), TypeError, "it is no server");
  pid.exit("shutdown");
  assertEquals(debug.processInfo(pid), undefined);
});
