/**
 * Runs of cuts on the nodes of one engine, for the gate and for the soak.
 *
 * @module
 */

import { CLIENT_VERSIONS, type ClientVersion } from "../phoenix_client.ts";
import type { KeptNodes } from "./kept_nodes.ts";
import { type CutPlan, type CutResult, runCuts } from "./run.ts";

const VERSIONS = ["1.2.1", "1.4.17", "1.7.23", "1.8.16"];

/** A client of each age: the first that people still run, and those that changed how positions are read. */
export const CUT_CLIENTS: readonly ClientVersion[] = VERSIONS.map((version) => {
  return CLIENT_VERSIONS.find((client) => client.version === version)!;
});

/** One of the oldest, for which all others wait when it comes back, and seven of each other. */
const CROWD = [CUT_CLIENTS[0]!, ...Array.from({ length: 7 }, () => CUT_CLIENTS.slice(1)).flat()];
/** Those that read bytes. */
const BINARY_CROWD = CROWD.filter(({ binary }) => binary);

/** How many clients there are. */
export const CROWD_SIZE = CROWD.length;

type Part = Pick<CutPlan, "messages" | "cuts" | "seed">;

/** Runs cuts on the nodes of an engine, between which clients move. Prints what it found. */
export async function runCutsOn(nodes: KeptNodes, part: Part): Promise<CutResult> {
  return await run(nodes, { ...part, topic: "plain:1", say: nodes.say, clients: CROWD });
}

/** The same in a topic where each second message is bytes, which may come again after a cut. */
export async function runBinaryCutsOn(nodes: KeptNodes, part: Part): Promise<CutResult> {
  return await run(nodes, { ...part, topic: "plain:bytes", say: nodes.sayBytes, clients: BINARY_CROWD });
}

async function run(nodes: KeptNodes, plan: Omit<CutPlan, "target">): Promise<CutResult> {
  const result = await runCuts({ ...plan, target: nodes.anyNode });
  const { deliveries, cut, replayed, repeated } = result;
  const found = `${deliveries} deliveries, ${cut} cuts, ${replayed} replayed, ${repeated} repeated`;
  console.log(`${nodes.keeper}, ${plan.topic}: ${found}, seed ${plan.seed}`);
  return result;
}
