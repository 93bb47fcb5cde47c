import {
  assert,
  assertEquals,
  assertMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  child,
  ChildStartError,
  DynamicSupervisor,
  GenServer,
  ignore,
  PartitionSupervisor,
  type PartitionSupervisorOptions,
  type PartitionSupervisorRef,
  type Pid,
  reply,
  type ServerRef,
  type Strategy,
  supervisionTree,
  Supervisor,
} from "@urvogel/realtime";
import { partitionOf } from "../../../lib/otp/supervisor/partition_supervisor.ts";
import { Children, SupervisorEvents } from "../../support/children.ts";

class Cell extends GenServer<number, { calls: { number(): number } }> {
  override init(number: number) {
    return number;
  }
  override handleCall = this.calls({ number: (state) => reply(state, state) });
}

const cell = (partition: number) => child(Cell, partition);

Deno.test("PartitionSupervisor.start() has as many partitions as there are cores by default", async () => {
  await using cells = await PartitionSupervisor.start(cell);
  assertStrictEquals(cells.partitions(), navigator.hardwareConcurrency);
  const { hardwareConcurrency: n } = navigator;
  assertEquals(await cells.countChildren(), { specs: n, active: n, supervisors: 0, workers: n });
});

Deno.test("PartitionSupervisor.whereis() finds the partition of an integer by its remainder", async () => {
  await using cells: PartitionSupervisorRef<ServerRef<{ calls: { number(): number } }>> = await PartitionSupervisor
    .start(cell, { partitions: 3 });
  const numbers = await Promise.all([0, 1, 2, 3, -1, -4, 7n, -8n].map((key) => cells.whereis(key)!.call("number")));
  assertEquals(numbers, [0, 1, 2, 0, 1, 1, 1, 2]);
});

Deno.test("PartitionSupervisor.whereis() finds the same partition for the same key", async () => {
  await using cells = await PartitionSupervisor.start(cell, { partitions: 4 });
  const seen = new Set();
  for (let i = 0; i < 100; i++) {
    assertStrictEquals(cells.whereis(`user:${i}`), cells.whereis(`user:${i}`));
    seen.add(cells.whereis(`user:${i}`));
  }
  assertEquals(seen.size, 4);
});

Deno.test("partitionOf() answers a partition for any key, the same each time", () => {
  const key = fc.oneof(fc.string(), fc.double(), fc.integer(), fc.bigInt());
  fc.assert(fc.property(key, fc.integer({ min: 1, max: 100 }), (key, partitions) => {
    const partition = partitionOf(key, partitions);
    assert(Number.isInteger(partition) && partition >= 0 && partition < partitions);
    assertStrictEquals(partitionOf(key, partitions), partition);
  }));
});

Deno.test("PartitionSupervisor.via() is a name of the partition that a key belongs to", async () => {
  await using cells = await PartitionSupervisor.start(cell, { partitions: 2, name: "cells" });
  const name = cells.via(1);
  assertEquals(name.label, "cells[1]");
  assertEquals(await GenServer.whereis(Cell, name)!.call("number"), 1);
  await assertRejects(() => GenServer.start(Cell, 0, { name }), Error, 'Cannot register "cells[1]"');
});

Deno.test("PartitionSupervisor spreads children over dynamic supervisors", async () => {
  await using supervisor = await PartitionSupervisor.start(() => DynamicSupervisor.child(), { partitions: 3 });
  const keys = Array.from({ length: 30 }, (_, i) => i);
  for (const key of keys) await supervisor.whereis(key)!.startChild(child(Cell, key));
  assertEquals(await supervisor.countChildren(), { specs: 3, active: 3, supervisors: 3, workers: 0 });
  const { children } = supervisionTree(supervisor);
  assertEquals(children.map(({ id, children }) => [id, children.length]), [[0, 10], [1, 10], [2, 10]]);
});

const BAD: readonly (readonly [options: unknown, message: RegExp])[] = [
  [{ partitions: 0 }, /"partitions" must be an integer >= 1, received 0/],
  [{ partitions: 1.5 }, /"partitions" must be an integer >= 1, received 1.5/],
  [{ partitions: 1, strategy: "none" }, /"strategy" must be one of/],
];

Deno.test.each(BAD)("PartitionSupervisor.start() refuses %j", async (options, message) => {
  assertMatch(
    (await assertRejects(() => PartitionSupervisor.start(cell, options as PartitionSupervisorOptions), Error)).message,
    message,
  );
});

Deno.test("PartitionSupervisor.start() refuses temporary and significant children", async () => {
  const temporary = (n: number) => child(Cell, n, { restart: "temporary" });
  await assertRejects(
    () => PartitionSupervisor.start(temporary),
    Error,
    'Cannot supervise partition 0: it must not be "temporary"',
  );
  const significant = (n: number) => child(Cell, n, { restart: "transient", significant: true });
  await assertRejects(() => PartitionSupervisor.start(significant), Error, '"autoShutdown" is "never"');
});

Deno.test("PartitionSupervisor.start() tells which partition failed to start", async () => {
  using _ = new SupervisorEvents();
  const children = new Children();
  children.failures["1"] = 1;
  const error = await assertRejects(
    () => PartitionSupervisor.start((n) => children.idle(`${n}`), { partitions: 3 }),
    ChildStartError,
  );
  assertEquals(error.childId, 1);
  assertEquals(children.take(), "+0 !1 -0");
});

Deno.test("PartitionSupervisor restarts a partition, which keeps its keys", async () => {
  using _ = new SupervisorEvents();
  await using cells = await PartitionSupervisor.start(cell, { partitions: 2 });
  const before = cells.whereis(1)!;
  before.exit(new Error("boom"));
  assertEquals(cells.whereis(1), undefined);
  assertEquals((await cells.whichChildren()).map(({ id, status }) => [id, status]), [[0, "running"], [
    1,
    "running",
  ]]);
  assertNotStrictEquals(cells.whereis(1), before);
  assertEquals(await cells.whereis(1)!.call("number"), 1);
});

Deno.test("PartitionSupervisor.whereis() answers undefined for a partition that ignored its start", async () => {
  const maybe = (n: number) => n === 0 ? { start: () => ignore() } : cell(n);
  await using cells = await PartitionSupervisor.start(maybe, { partitions: 2 });
  assertEquals(cells.whereis(0), undefined);
  assert(cells.whereis(1));
});

Deno.test("PartitionSupervisor is found by name, is a child, and ends when it is stopped", async () => {
  await using supervisor = await Supervisor.start([PartitionSupervisor.child(cell, { name: "cells", partitions: 2 })]);
  const [info] = await supervisor.whichChildren();
  assertEquals([info!.id, info!.type], ["cells", "supervisor"]);
  const cells = PartitionSupervisor.whereis("cells")!;
  assertStrictEquals(cells, info!.pid);
  await supervisor.stop();
  assertEquals(PartitionSupervisor.whereis("cells"), undefined);
  assertEquals(cells.whereis(0), undefined);
});

Deno.test("PartitionSupervisor.resize() starts and ends the last partitions, and routes among those that run", async () => {
  const cells = await PartitionSupervisor.start(cell, { partitions: 4 });
  let before = 4;
  for (const partitions of [3, 2, 1, 0, 1, 4, 2, 2, 3, 0, 4]) {
    assertStrictEquals(await cells.resize(partitions), before);
    assertStrictEquals(cells.partitions(), partitions);
    const counts = { specs: partitions, active: partitions, supervisors: 0, workers: partitions };
    assertEquals(await cells.countChildren(), counts);
    if (partitions > 0) assertEquals(new Set([0, 1, 2, 3].map((key) => cells.whereis(key))).size, partitions);
    before = partitions;
  }
  await cells.stop();
});

Deno.test("PartitionSupervisor.resize() survives crashes, whatever the strategy", async () => {
  using _ = new SupervisorEvents();
  const step = fc.oneof(
    fc.record({ do: fc.constant("resize" as const), n: fc.nat(4) }),
    fc.record({ do: fc.constant("crash" as const), n: fc.nat(3) }),
    fc.record({ do: fc.constant("wait" as const), n: fc.constant(0) }),
  );
  const strategies = fc.constantFrom<Strategy>("oneForOne", "oneForAll", "restForOne");
  await fc.assert(
    fc.asyncProperty(strategies, fc.array(step, { maxLength: 20 }), async (strategy, steps) => {
      await using cells = await PartitionSupervisor.start(cell, { partitions: 4, strategy, maxRestarts: Infinity });
      let partitions = 4;
      const resizes: Promise<number>[] = [];
      for (const { do: what, n } of steps) {
        if (what === "resize") resizes.push(cells.resize(partitions = n));
        else if (what === "wait") await cells.whichChildren();
        else if (cells.partitions() > 0) cells.whereis(n)?.exit(new Error("boom"));
      }
      await Promise.all(resizes);
      assertStrictEquals(cells.partitions(), partitions);
      const children = await cells.whichChildren();
      const expected = Array.from({ length: partitions }, (_, id) => [id, "running"]);
      assertEquals(children.map(({ id, status }) => [id, status]), expected);
      for (let key = 0; key < partitions; key++) assertStrictEquals(await cells.whereis(key)!.call("number"), key);
    }),
  );
});

Deno.test("PartitionSupervisor.resize() starts nothing again that it has ended, when another partition fails", async () => {
  using _ = new SupervisorEvents();
  for (const strategy of ["oneForAll", "restForOne"] as const) {
    await using cells = await PartitionSupervisor.start(cell, { partitions: 4, strategy });
    await cells.resize(2);
    cells.whereis(0)!.exit(new Error("boom"));
    assertEquals((await cells.countChildren()).active, 2);
    assertEquals(await cells.resize(4), 2);
    assertEquals(await cells.whereis(3)!.call("number"), 3);
  }
});

Deno.test("PartitionSupervisor.resize() may be tried again when a partition does not start", async () => {
  using _ = new SupervisorEvents();
  let mood: "starts" | "ignores" | "fails" = "starts";
  const moody = (n: number) => ({
    start: (link: Pid<never>) => {
      if (mood === "ignores") return ignore();
      if (mood === "fails") throw new Error("oops");
      return GenServer.start(Cell, n, { link });
    },
  });
  await using cells = await PartitionSupervisor.start(moody, { partitions: 2, strategy: "oneForAll" });
  await cells.resize(1);
  for (mood of ["ignores", "fails"] as const) {
    await assertRejects(() => cells.resize(2), ChildStartError);
    assertEquals(cells.partitions(), 1);
    assertEquals((await cells.countChildren()).specs, 1);
  }
  mood = "starts";
  assertEquals(await cells.resize(2), 1);
  assertEquals(await cells.whereis(1)!.call("number"), 1);
});

Deno.test("PartitionSupervisor.resize() goes through one after the other", async () => {
  await using cells = await PartitionSupervisor.start(cell, { partitions: 4 });
  const resized = [cells.resize(1), cells.resize(4), cells.resize(2)];
  assertEquals(await Promise.all(resized), [4, 1, 4]);
  assertEquals((await cells.countChildren()).active, 2);
});

Deno.test("PartitionSupervisor.whereis() throws when there are no partitions", async () => {
  await using cells = await PartitionSupervisor.start(cell, { partitions: 2 });
  await cells.resize(0);
  assertThrows(() => cells.whereis(0), Error, "Cannot find a partition of PartitionSupervisor: it has none");
});

Deno.test.each([3, -1, 0.5])("PartitionSupervisor.resize() refuses %d of 2 partitions", async (partitions) => {
  await using cells = await PartitionSupervisor.start(cell, { partitions: 2 });
  await assertRejects(() => cells.resize(partitions), Error, '"partitions" must be an integer from 0 to 2');
});

Deno.test("Supervisor.whereis() does not find a PartitionSupervisor: it has no children that can be added", async () => {
  await using cells = await PartitionSupervisor.start(cell, { partitions: 1, name: "cells of their own" });
  assertEquals(Supervisor.whereis("cells of their own"), undefined);
  assertStrictEquals(PartitionSupervisor.whereis("cells of their own"), cells);
});
