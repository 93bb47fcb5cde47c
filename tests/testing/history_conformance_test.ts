import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MemoryHistory } from "@urvogel/realtime";
import {
  historyConformance,
  type HistoryConformanceCaseId,
  type HistoryConformanceNumbers,
} from "@urvogel/realtime/testing";
import { BROKEN_ENGINES } from "../support/broken_engines.ts";

const SKIP = { engine: "it is in this program", nodes: "it serves one node" };

function casesOf(Engine: typeof MemoryHistory, numbers: HistoryConformanceNumbers = {}) {
  return historyConformance({ open: () => ({ createNode: () => ({ history: new Engine() }) }), skip: SKIP, numbers });
}

for (const test of casesOf(MemoryHistory)) Deno.test({ ...test, name: `MemoryHistory: ${test.name}` });

for (const { fault, fails, Engine } of BROKEN_ENGINES) {
  Deno.test(`historyConformance() finds an engine that ${fault}`, async () => {
    const failed: HistoryConformanceCaseId[] = [];
    const cases = casesOf(Engine, { patienceMs: 300, quietMs: 5 }).filter(({ ignore }) => !ignore);
    await Promise.all(cases.map(({ id, fn }) => fn().catch(() => void failed.push(id))));
    assertEquals(cases.map(({ id }) => id).filter((id) => failed.includes(id)), [...fails]);
  });
}

Deno.test("historyConformance() skips cases with the reason, in their names", () => {
  const skipped = casesOf(MemoryHistory).filter(({ ignore }) => ignore);
  assertEquals(skipped.length, 13);
  assertEquals(skipped.every(({ name }) => /\(skipped: it (is in this program|serves one node)\)$/.test(name)), true);
});

Deno.test("historyConformance() fails a case that lacks an engine and is not skipped", async () => {
  const cases = historyConformance({ open: () => ({ createNode: () => ({ history: new MemoryHistory() }) }) });
  for (const lacking of ["kill", "empty"]) {
    const { fn } = cases.find(({ id }) => id === lacking)!;
    await assertRejects(fn, Error, 'the bus has no "engine"');
  }
});

Deno.test("historyConformance() closes what it opened, also when a case fails", async () => {
  const log: string[] = [];
  const cases = historyConformance({
    open: (id) => {
      log.push(`+${id}`);
      return {
        createNode: () => ({ history: new BROKEN_ENGINES[0]!.Engine(), stop: () => void log.push("stop") }),
        close: () => void log.push(`-${id}`),
      };
    },
  });
  await cases.find(({ id }) => id === "clear")!.fn().catch(() => {});
  assertEquals(log, ["+clear", "stop", "-clear"]);
});

Deno.test("historyConformance() refuses numbers that test nothing", () => {
  assertThrows(() => casesOf(MemoryHistory, { races: 0 }), RangeError, '"races" must be > 0, received 0');
});
