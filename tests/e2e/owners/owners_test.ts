/**
 * Owners of keys with real engines, to which the worst happens. `CHAOS_SEED=123` repeats a run; `deno task soak -- owners`
 * does it for longer.
 */

import { assertEquals } from "@std/assert";
import { hasEngine } from "../../support/engines/binaries.ts";
import { ENGINES } from "../../support/engines/start.ts";
import { proveOwners } from "./prove.ts";

/** For each engine. */
const ROUNDS = 17;
const engines = ENGINES.filter(hasEngine);
const seed = Number(Deno.env.get("CHAOS_SEED") ?? Date.now() % 1_000_000);

// All engines at once: a round is mostly waiting for leases to end.
Deno.test({
  name: "A key has one owner, and no acknowledged write is lost, whatever happens to nodes and engines",
  ignore: engines.length === 0,
  fn: async () => {
    const broken = await Promise.all(engines.map((engine) => proveOwners(engine, seed, ROUNDS)));
    assertEquals(broken.flat().slice(0, 10), []);
  },
});
