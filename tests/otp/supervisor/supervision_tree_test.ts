import { assertEquals, assertStrictEquals } from "@std/assert";
import {
  child,
  DynamicSupervisor,
  GenServer,
  PartitionSupervisor,
  spawn,
  supervisionTree,
  Supervisor,
} from "@urvogel/realtime";
import { Children, SupervisorEvents } from "../../support/children.ts";

class Worker extends GenServer<undefined> {
  override init(_: undefined) {
    return undefined;
  }
}

const text = (tree: unknown) => `${tree}`.replaceAll(/#\d+/g, "#N").split("\n");

Deno.test("supervisionTree() shows who supervises whom", async () => {
  await using app = await Supervisor.start([
    child(Worker, undefined),
    child(Worker, undefined, { name: "named", id: "other" }),
    Supervisor.child([
      child(Worker, undefined, { id: "a" }),
      PartitionSupervisor.child((n) => child(Worker, n as unknown as undefined), { partitions: 2 }),
    ], { name: "inner" }),
    DynamicSupervisor.child({ name: "sessions" }),
  ], { label: "app" });
  await DynamicSupervisor.whereis("sessions")!.startChild(child(Worker, undefined));
  await app.terminateChild("Worker");
  assertEquals(text(supervisionTree(app)), [
    "app #N",
    "├─ Worker (stopped)",
    "├─ other: named #N",
    "├─ inner #N",
    "│  ├─ a: Worker #N",
    "│  └─ PartitionSupervisor #N",
    "│     ├─ 0: Worker #N",
    "│     └─ 1: Worker #N",
    "└─ sessions #N",
    "   └─ Worker #N",
  ]);
});

Deno.test("supervisionTree() answers at once, also while the supervisor is busy", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  const app = await Supervisor.start([children.idle("a")], { label: "app" });
  const busy = app.startChild({ id: "slow", start: () => new Promise<never>(() => {}) });
  busy.catch(() => {});
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals(text(supervisionTree(app)), ["app #N", "└─ a #N"]);
  app.exit("kill");
});

Deno.test("supervisionTree() is data: ids, processes, where they stand", async () => {
  const children = new Children();
  await using app = await Supervisor.start([children.idle("a")], { label: "app" });
  const tree = supervisionTree(app);
  assertStrictEquals(tree.pid, app);
  assertEquals(tree.id, "app");
  assertStrictEquals(tree.children[0]!.pid, children.pids.a);
  assertEquals(tree.children[0]!.status, "running");
});

Deno.test("supervisionTree() of a process without children is that process", () => {
  const pid = spawn(async (mailbox) => {
    for await (const _ of mailbox);
  }, { label: "lonely" });
  assertEquals(text(supervisionTree(pid)), ["lonely #N"]);
  pid.exit("shutdown");
  assertEquals(supervisionTree(pid).status, "stopped");
});
