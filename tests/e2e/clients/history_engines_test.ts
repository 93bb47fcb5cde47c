/**
 * phoenix.js as it comes from npm, with the five lines of `Channel.history`, on three nodes: its connections are cut at
 * random, and it comes back to one node or another. `CUTS_SEED=123` repeats a run; `deno task soak -- cuts` does it for
 * longer.
 */

import { assert } from "@std/assert";
import { canKeep, KEEPERS } from "../../support/cuts/kept_nodes.ts";
import { runCutsOn } from "../../support/cuts/run_on.ts";

const SEED = Number(Deno.env.get("CUTS_SEED") ?? Math.floor(Math.random() * 1e9));

for (const keeper of KEEPERS) {
  Deno.test({
    name: `${keeper}: phoenix.js misses nothing in 1,000 cuts and 100,000 deliveries`,
    ignore: !canKeep(keeper),
    // What a cut leaves of a WebSocket of the client is the garbage collector's.
    sanitizeResources: false,
    sanitizeOps: false,
    async fn() {
      const { replayed } = await runCutsOn(keeper, { messages: 4600, cuts: 1000, seed: SEED });
      assert(replayed > 0, "no client had missed anything: the run proves little");
    },
  });
}
