/**
 * A cluster with each engine, to which the worst happens. `CHAOS_SEED=123` repeats a run. `deno task soak -- cluster`
 * does it for longer.
 */

import { assertEquals, assertGreater } from "@std/assert";
import { Random } from "../../soak/random.ts";
import { engineTest } from "../../support/engines/binaries.ts";
import { ENGINES } from "../../support/engines/start.ts";
import { Chaos } from "./chaos.ts";
import { someFaults } from "./faults.ts";

// Clients leave timers of their own behind when they disconnect.
const sanitize = { sanitizeOps: false, sanitizeResources: false };
const seed = Number(Deno.env.get("CHAOS_SEED") ?? Date.now() % 1_000_000);

async function runAll(chaos: Chaos) {
  try {
    await chaos.run(someFaults(new Random(seed)));
    return await chaos.finish();
  } finally {
    console.log(chaos.log.join("\n"));
  }
}

for (const engine of ENGINES) {
  engineTest(engine, `${engine}: a cluster keeps its promises while nodes and the engine are killed`, async () => {
    console.log(`seed ${seed}`);
    await using chaos = await Chaos.start(engine, seed);
    const { faults, promised } = await runAll(chaos);
    assertEquals(faults.slice(0, 10), []);
    assertGreater(promised, 1000); // deliveries that had to happen
  }, sanitize);
}
