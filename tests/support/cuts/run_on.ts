/**
 * A run of cuts on the nodes of one engine, for the gate and for the soak.
 *
 * @module
 */

import { Random } from "../../soak/random.ts";
import { CLIENT_VERSIONS, type ClientVersion } from "../phoenix_client.ts";
import { type Keeper, KeptNodes } from "./kept_nodes.ts";
import { type CutPlan, type CutResult, runCuts } from "./run.ts";

const VERSIONS = ["1.2.1", "1.4.17", "1.7.23", "1.8.16"];

/** A client of each age: the first that people still run, and those that changed how positions are read. */
export const CUT_CLIENTS: readonly ClientVersion[] = VERSIONS.map((version) => {
  return CLIENT_VERSIONS.find((client) => client.version === version)!;
});

/** One of the oldest, for which all others wait when it comes back, and seven of each other. */
const CROWD = [CUT_CLIENTS[0]!, ...Array.from({ length: 7 }, () => CUT_CLIENTS.slice(1)).flat()];

/** How many clients there are. */
export const CROWD_SIZE = CROWD.length;

/** Runs cuts on the nodes of an engine, whose clients move between them. Prints what it found. */
export async function runCutsOn(
  keeper: Keeper,
  { messages, cuts, seed }: Pick<CutPlan, "messages" | "cuts" | "seed">,
): Promise<CutResult> {
  await using nodes = await KeptNodes.start(keeper, new Random(seed));
  const result = await runCuts({
    target: nodes.anyNode,
    say: nodes.say,
    topic: "plain:1",
    clients: CROWD,
    messages,
    cuts,
    seed,
  });
  const { deliveries, cut, replayed } = result;
  console.log(`${keeper}: ${deliveries} deliveries, ${cut} cuts, ${replayed} replayed, seed ${seed}`);
  return result;
}
