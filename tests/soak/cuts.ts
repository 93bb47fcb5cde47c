/**
 * The soak of history: `deno task soak -- cuts`. Connections are cut at random, on each engine, and nodes are replaced one
 * after another; what must hold is in `tests/e2e/clients/history_engines_test.ts` and `tests/e2e/cluster/deploy_test.ts`.
 * Exits with 1 if a promise was broken.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { deploy, type DeployPlan, type ServedBy } from "../e2e/cluster/deploy.ts";
import { stayAway } from "../support/cuts/away.ts";
import { canKeep, type Keeper, KEEPERS, KeptNodes } from "../support/cuts/kept_nodes.ts";
import { CROWD_SIZE, CUT_CLIENTS, runBinaryCutsOn, runCutsOn } from "../support/cuts/run_on.ts";
import { Random } from "./random.ts";
import { exitWithVerdict } from "./verdict.ts";

const SERVED_BY: readonly ServedBy[] = ["native", "frames", "deno serve"];
/** Seldom enough that what 2,000 clients receive leaves two cores time for their arrival. */
const EVERY_MS = 500;

const { values } = parseArgs({
  args: Deno.args.filter((each) => each !== "--"), // after it everything would be a name
  allowPositionals: true,
  options: {
    cuts: { type: "string", default: "10000" },
    deliveries: { type: "string", default: "1000000" },
    clients: { type: "string", default: "2000" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    engines: { type: "string", default: KEEPERS.filter(canKeep).join(",") },
  },
});
const keepers = KEEPERS.filter((keeper) => values.engines.split(",").includes(keeper));
const [cuts, deliveries, clients, seed] = [values.cuts, values.deliveries, values.clients, values.seed].map(Number);
if (!(cuts! >= 0) || !(deliveries! > 0) || !(clients! >= 0) || !(seed! >= 0) || keepers.length === 0) {
  throw new RangeError(
    `Cannot soak: expected --cuts, --deliveries, --clients, --seed, all >= 0, --engines of ${KEEPERS}`,
  );
}

const broken: string[] = [];

/** Notes what goes wrong, so that the other engines have their turn. */
async function attempt(what: string, run: () => Promise<void>): Promise<void> {
  const startMs = performance.now();
  try {
    await run();
  } catch (error) {
    broken.push(`${what}: ${error}`);
    console.error(broken.at(-1));
  }
  console.log(`${what}: ${((performance.now() - startMs) / 1000).toFixed(0)} s`);
}

async function replaceNodes(plan: DeployPlan): Promise<void> {
  const { faults, codes, ...found } = await deploy(plan);
  broken.push(...faults.map((fault) => `${plan.engine}, ${plan.servedBy}: ${fault}`));
  if (codes.some((code) => code !== 0)) broken.push(`${plan.engine}: nodes ended with the codes ${codes}`);
  console.log(JSON.stringify(found));
}

function hasNodes(keeper: Keeper): keeper is DeployPlan["engine"] {
  return keeper !== "memory" && keeper !== "threads"; // which are in one program
}

console.log(`seed ${seed}: ${cuts} cuts and ${deliveries} deliveries, ${clients} clients, on ${keepers.join(", ")}`);
const messages = Math.ceil(deliveries! / CROWD_SIZE);
/** A tenth of the messages is said as bytes as well: half of the clients read them. */
const BINARY_SHARE = 0.1;

async function cutOff(keeper: Keeper): Promise<void> {
  await using nodes = await KeptNodes.start(keeper, new Random(seed!));
  await runCutsOn(nodes, { messages, cuts: cuts!, seed: seed! });
  const part = { messages: Math.ceil(messages * BINARY_SHARE), cuts: Math.ceil(cuts! * BINARY_SHARE), seed: seed! };
  await runBinaryCutsOn(nodes, part);
  for (const { version, recovered } of await stayAway(nodes, CUT_CLIENTS)) {
    if (recovered.at(-1) !== false) broken.push(`${keeper}: phoenix.js ${version} was away and is told ${recovered}`);
  }
}

for (const keeper of keepers) await attempt(`${keeper}, cuts`, () => cutOff(keeper));
for (const engine of clients === 0 ? [] : keepers.filter(hasNodes)) {
  for (const servedBy of SERVED_BY) {
    const plan = { engine, servedBy, clients: clients!, everyMs: EVERY_MS };
    await attempt(`${engine}, deploy, ${servedBy}`, () => replaceNodes(plan));
  }
}
exitWithVerdict(broken, "nothing missing, twice or out of order");
