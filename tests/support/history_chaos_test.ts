import { assertGreater, assertMatch, assertRejects } from "@std/assert";
import { chaosSeed, runHistoryChaos } from "./history_chaos/run.ts";
import { type Breach, SharedMemory } from "./history_chaos/shared_memory.ts";

async function run(breach: Breach) {
  const engine = new SharedMemory(breach);
  return await runHistoryChaos({
    seed: chaosSeed(),
    createNode: () => engine.connect(),
    phases: [
      { name: "members come and go", harms: 0, harm: () => {}, told: "never", lastsMs: 400 },
      { name: "the engine comes back empty", harms: 2, harm: () => engine.restart(), told: "may", lastsMs: 400 },
    ],
  });
}

Deno.test("runHistoryChaos() passes an engine whose announcements are late, and which begins other epochs", async () => {
  const [calm, empty] = await run("none");
  assertGreater(calm!.repaired, 0);
  assertGreater(calm!.recovered, 0);
  assertGreater(empty!.told, 0);
});

const FAULTS: readonly [Breach, RegExp][] = [
  ["hides", /a gap or twice|has not received|did not come/],
  ["reissues", /have the same position/],
  ["confirms too early", /is lost|have the same position/],
  ["keeps twice", /has the numbers/],
];
for (const [breach, fault] of FAULTS) {
  Deno.test(`runHistoryChaos() finds an engine that ${breach}`, async () => {
    const error = await assertRejects(() => run(breach), Error);
    assertMatch(error.message, fault);
    assertMatch(error.message, /with seed \d+/);
  });
}
