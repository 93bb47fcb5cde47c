import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  Agent,
  child,
  type ChildSpec,
  GenServer,
  reply,
  startIn,
  StateMachine,
  Supervisor,
  Task,
  TaskSupervisor,
  UniqueRegistry,
} from "@urvogel/realtime";

class Zero extends GenServer<number, { calls: { get(): number } }> {
  override init(start = 0) {
    return start;
  }
  override handleCall = this.calls({ get: (state) => reply(state, state) });
}

class Lamp extends StateMachine<{ states: { off: number }; calls: { get(): number } }> {
  override init(start = 0) {
    return startIn("off", start);
  }
  override states = this.define({ off: { calls: { get: (data) => reply(data) } } });
}

const forever = () => new Promise<void>(() => {});

/** A child of each kind: without options, with options; whether its supervisor takes it for one. */
const kinds: [string, ChildSpec, ChildSpec, "worker" | "supervisor", string][] = [
  ["child()", child(Zero), child(Zero, 1, { id: "mine", restart: "transient" }), "worker", "Zero"],
  ["StateMachine.child()", StateMachine.child(Lamp), StateMachine.child(Lamp, 1, { id: "mine" }), "worker", "Lamp"],
  ["Agent.child()", Agent.child(() => 0), Agent.child(() => 0, { id: "mine" }), "worker", "Agent"],
  [
    "TaskSupervisor.child()",
    TaskSupervisor.child(),
    TaskSupervisor.child({ id: "mine", maxChildren: 1 }),
    "supervisor",
    "TaskSupervisor",
  ],
  ["Task.child()", Task.child(forever), Task.child(forever, { id: "mine", restart: "permanent" }), "worker", "forever"],
  [
    "UniqueRegistry.child()",
    new UniqueRegistry({ name: "rooms" }).child(),
    new UniqueRegistry().child({ id: "mine" }),
    "worker",
    "rooms",
  ],
];

for (const [what, plain, named, type, id] of kinds) {
  Deno.test(`${what} makes a child with its kind for an id, or the id that it is given`, async () => {
    await using supervisor = await Supervisor.start([plain, named]);
    const children = await supervisor.whichChildren();
    assertEquals(children.map((child) => [child.id, child.type, child.status]), [
      [id, type, "running"],
      ["mine", type, "running"],
    ]);
  });

  Deno.test(`${what} makes a child that ends with its supervisor and is started again`, async () => {
    const supervisor = await Supervisor.start([named]);
    const [first] = await supervisor.whichChildren();
    first!.pid!.exit("kill");
    const [second] = await supervisor.whichChildren();
    assertEquals([first!.pid!.alive, second!.pid!.alive, first!.pid === second!.pid], [false, true, false]);
    await supervisor.stop();
    assertEquals(second!.pid!.alive, false);
  });
}

Deno.test("Task.child() is done once by default", async () => {
  let runs = 0;
  const done = Promise.withResolvers<void>();
  await using supervisor = await Supervisor.start([Task.child(() => (runs++, done.resolve()), { label: "warm up" })]);
  await done.promise;
  await Promise.resolve();
  assertEquals([runs, await supervisor.whichChildren()], [1, []]);
});

Deno.test("a registry started again by its supervisor is the same object, without entries", async () => {
  const registry = new UniqueRegistry<string>({ name: "rooms" });
  await using supervisor = await Supervisor.start([registry.child({ name: "registry of rooms" })]);
  const [first] = await supervisor.whichChildren();
  assertEquals(first?.id, "registry of rooms");
  const agent = await Agent.start(() => 0);
  registry.register("lobby", agent);
  first?.pid?.exit("kill");
  await supervisor.whichChildren();
  assertStrictEquals(registry.whereis("lobby"), undefined);
});

Deno.test("start() takes no argument where init takes none", async () => {
  await using zero = await GenServer.start(Zero);
  await using lamp = await StateMachine.start(Lamp);
  assertEquals([await zero.call("get"), await lamp.call("get")], [0, 0]);
});
