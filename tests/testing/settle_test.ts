import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import {
  child,
  DuplicateRegistry,
  DynamicSupervisor,
  Endpoint,
  GenServer,
  noreply,
  PartitionSupervisor,
  type Pid,
  Presence,
  PubSub,
  type Registry,
  sendAfter,
  spawn,
  Supervisor,
  TaskSupervisor,
  Tracker,
  UniqueRegistry,
} from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";

/** Passes a number on until it is used up. */
class Relay extends GenServer<number, { casts: { pass(left: number): void; wait(gate: Promise<void>): void } }> {
  override init() {
    return 0;
  }
  override handleCast = this.casts({
    pass: async (state, left) => {
      await Promise.resolve();
      if (left > 0) this.self.send(left - 1 as never);
      return noreply(state + 1);
    },
    wait: async (state, gate) => {
      await gate;
      return noreply(state);
    },
  });
  override handleInfo(state: number, message: unknown) {
    return this.handleCast.pass(state, message as number);
  }
}

Deno.test("settle() waits until a long exchange of messages is over", async () => {
  const relay = await GenServer.start(Relay, undefined);
  relay.cast("pass", 20_000); // more than one turn's worth
  assertEquals(await settle({ timeoutMs: 10_000 }), "idle");
  assertEquals(relay.alive, true);
  await relay.stop();
});

Deno.test("settle() answers busy when a handler waits for something else than messages", async () => {
  const relay = await GenServer.start(Relay, undefined);
  const gate = Promise.withResolvers<void>();
  relay.cast("wait", gate.promise);
  assertEquals(await settle({ timeoutMs: 5 }), "busy");
  gate.resolve();
  assertEquals(await settle(), "idle");
  await relay.stop();
});

Deno.test("settle() takes a process for busy that does not read its mailbox", async () => {
  const gate = Promise.withResolvers<void>();
  const pid = spawn(async () => await gate.promise);
  assertEquals(await settle({ timeoutMs: 5 }), "busy");
  gate.resolve();
  assertEquals(await settle(), "idle");
  assertEquals(pid.alive, false);
});

const lasting: readonly [what: string, start: () => AsyncDisposable | Promise<AsyncDisposable>][] = [
  ["Supervisor", () => Supervisor.start([])],
  ["DynamicSupervisor", () => DynamicSupervisor.start()],
  ["PartitionSupervisor", () => PartitionSupervisor.start(() => child(Relay, undefined), { partitions: 2 })],
  ["TaskSupervisor", () => TaskSupervisor.start()],
  ["UniqueRegistry", () => Supervisor.start([registryChild(new UniqueRegistry<string>())])],
  ["DuplicateRegistry", () => Supervisor.start([registryChild(new DuplicateRegistry<string>())])],
  ["Presence", () => new Presence({ pubsub: new PubSub() })],
  ["Tracker", () => new Tracker({ pubsub: new PubSub(), name: "lasting" })],
  ["Endpoint", () => new Endpoint({ sockets: {} })],
];
const registryChild = (registry: Registry<string>) => ({
  id: "registry",
  start: (link: Pid<never>) => registry.start({ link }),
});
Deno.test.each(lasting)("settle() takes a %s that does nothing for idle", async (_what, start) => {
  await using _lasting = await start();
  assertEquals(await settle(), "idle");
});

Deno.test("settle() takes a registry for idle whose process was sent something", async () => {
  const registry = new UniqueRegistry<string>();
  const process = registry.start();
  for (let i = 0; i < 3; i++) process.send("hello" as never);
  assertEquals(await settle(), "idle");
  registry.stop();
  assertEquals(await settle(), "idle");
});

Deno.test("settle() lets no fake time pass", async () => {
  using time = new FakeTime();
  const read: string[] = [];
  const pid = spawn<string>(async (mailbox) => {
    for await (const message of mailbox) read.push(message);
  });
  sendAfter(pid, "later", 1000);
  assertEquals(await settle(), "idle");
  assertEquals(read, []);
  time.tick(1000);
  assertEquals(await settle(), "idle");
  assertEquals(read, ["later"]);
  pid.exit("shutdown");
});
