import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { Subjects } from "@urvogel/realtime";
import {
  adapterConformance,
  type ConformanceBus,
  type ConformanceCase,
  type ConformanceCaseId,
  type ConformanceNumbers,
} from "@urvogel/realtime/testing";
import { BROKEN_ADAPTERS } from "../support/broken_adapters.ts";
import { Program } from "../support/program.ts";
import { MemoryAdapter, MemoryBroker } from "../support/memory_broker.ts";

const QUICK: ConformanceNumbers = {
  orderedBroadcasts: 2000,
  stallMs: 20,
  races: 200,
  topics: 1000,
  maxPayloadBytes: 40_000,
};
const IMPATIENT: ConformanceNumbers = {
  ...QUICK,
  orderedBroadcasts: 500,
  patienceMs: 700,
  noticeMs: 1500,
  backMs: 700,
  quietMs: 12,
};

/** A bus of memory, with adapters of a class. */
function busOf(Adapter: typeof MemoryAdapter): ConformanceBus {
  const engine = new MemoryBroker();
  const subjects = new Subjects("memory");
  return {
    createNode: () => new Adapter(engine),
    engine,
    publishRaw: (bytes, topic) => engine.command(() => engine.publish(subjects.topic(topic), bytes)),
    refusals: {
      nodes: { "a wrong password": () => new Adapter(engine, "s3cret") },
      secrets: ["s3cret"],
    },
  };
}

for (const test of adapterConformance({ open: () => busOf(MemoryAdapter), numbers: QUICK })) Deno.test(test);

/** Runs the cases at the same time, except for the one that measures the heap. */
async function failed(cases: readonly ConformanceCase[]): Promise<ConformanceCaseId[]> {
  const ids: ConformanceCaseId[] = [];
  const run = async ({ id, fn }: ConformanceCase) => await fn().catch(() => void ids.push(id));
  await Promise.all(cases.filter(({ id }) => id !== "memory").map(run));
  await Promise.all(cases.filter(({ id }) => id === "memory").map(run));
  return cases.map(({ id }) => id).filter((id) => ids.includes(id));
}

for (const { fault, fails, Adapter } of BROKEN_ADAPTERS) {
  Deno.test(`adapterConformance() finds an adapter that ${fault}`, async () => {
    assertEquals(await failed(adapterConformance({ open: () => busOf(Adapter), numbers: IMPATIENT })), [...fails]);
  });
}
Deno.test("adapterConformance() skips a case with the reason, in its name", () => {
  const cases = adapterConformance({ open: () => busOf(MemoryAdapter), skip: { kill: "it has no engine" } });
  const skipped = cases.filter(({ ignore }) => ignore);
  assertEquals(skipped.map(({ id }) => id), ["kill"]);
  assertEquals(skipped[0]?.name.endsWith("(skipped: it has no engine)"), true);
});

Deno.test("adapterConformance() skips all cases that need an engine with one reason", async () => {
  const cases = adapterConformance({
    open: () => ({ createNode: () => new MemoryAdapter(new MemoryBroker()) }),
    skip: { engine: "threads have none" },
    numbers: IMPATIENT,
  });
  const lacking = await Promise.all(cases.map(async ({ id, ignore, fn }) => {
    const error = ignore ? undefined : await fn().then(() => undefined, (error: unknown) => error);
    return String(error).includes('has no "engine') ? [id] : [];
  }));
  assertEquals(lacking.flat(), []);
});

Deno.test("adapterConformance() opens a bus for each case, and closes it", async () => {
  const log: string[] = [];
  const open = (id: ConformanceCaseId): ConformanceBus => {
    log.push(`+${id}`);
    return { ...busOf(MemoryAdapter), close: () => void log.push(`-${id}`) };
  };
  const cases = adapterConformance({ open, numbers: QUICK }).filter(({ id }) => id === "direct" || id === "refusal");
  for (const { fn } of cases) await fn();
  assertEquals(log, ["+direct", "-direct", "+refusal", "-refusal"]);
});

Deno.test("adapterConformance() fails a case that lacks something and is not skipped", async () => {
  const cases = adapterConformance({ open: () => ({ createNode: busOf(MemoryAdapter).createNode }) });
  const lacking = {
    early: "engine",
    kill: "engine",
    pause: "engine",
    empty: "engine",
    malformed: "publishRaw",
    refusal: "refusals",
  };
  for (const [id, part] of Object.entries(lacking)) {
    const { fn } = cases.find((each) => each.id === id)!;
    await assertRejects(fn, Error, `the bus has no "${part}"`);
  }
});

Deno.test("adapterConformance() refuses numbers that test nothing", () => {
  const open = () => busOf(MemoryAdapter);
  assertThrows(
    () => adapterConformance({ open, numbers: { races: 0 } }),
    RangeError,
    '"races" must be > 0, received 0',
  );
});

Deno.test("adapterConformance() leaves it to the sanitizers to find an adapter that leaves a timer behind", async () => {
  await using program = new Program("deno test -A --no-check tests/fixtures/leaky_adapter.ts");
  await program.ended;
  const { stdout, stderr } = await program.output();
  assertMatch(`${stdout}${stderr}`, /Leaks detected:\s+- \d+ intervals were started/);
  assertMatch(stdout, /0 passed . 1 failed/);
});
