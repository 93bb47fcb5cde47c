/**
 * phoenix.js as it comes from npm, with the five lines of `Channel.history`, on three nodes: its connections are cut at
 * random, and it comes back to one node or another. `CUTS_SEED=123` repeats a run; `deno task soak -- cuts` does it for
 * longer.
 */

import { assert, assertEquals } from "@std/assert";
import { Random } from "../../soak/random.ts";
import { LAST, stayAway } from "../../support/cuts/away.ts";
import { canKeep, KEEPERS, KeptNodes } from "../../support/cuts/kept_nodes.ts";
import { CUT_CLIENTS, runBinaryCutsOn, runCutsOn } from "../../support/cuts/run_on.ts";

const SEED = Number(Deno.env.get("CUTS_SEED") ?? Math.floor(Math.random() * 1e9));

for (const keeper of KEEPERS) {
  Deno.test({
    name: `${keeper}: phoenix.js misses nothing in 1,000 cuts and 100,000 deliveries`,
    ignore: !canKeep(keeper),
    // What a cut leaves of a WebSocket of the client is the garbage collector's.
    sanitizeResources: false,
    sanitizeOps: false,
    async fn(t) {
      await using nodes = await KeptNodes.start(keeper, new Random(SEED));
      await t.step("once, in order", async () => {
        const { replayed } = await runCutsOn(nodes, { messages: 4600, cuts: 1000, seed: SEED });
        assert(replayed > 0, "no client had missed anything: the run proves little");
      });
      await t.step("bytes too, which come again if a cut parts them from their position", async () => {
        const { cut, replayed, repeated } = await runBinaryCutsOn(nodes, { messages: 300, cuts: 60, seed: SEED });
        assert(replayed > 0, "no client had missed anything: the run proves little");
        assert(repeated <= cut, `${repeated} messages came again in ${cut} cuts`);
      });
      await t.step("and is told when it was away for too long", async () => {
        const expected = CUT_CLIENTS.map(({ version }) => ({ version, got: [1, LAST], recovered: [null, false] }));
        assertEquals(await stayAway(nodes, CUT_CLIENTS), expected);
      });
    },
  });
}
