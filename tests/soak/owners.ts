/**
 * The soak of owners: `deno task soak -- owners`. Nodes that own keys are killed, stopped and cut off, and engines killed,
 * a thousand times; then three nodes own ten thousand keys. What must hold is in `tests/e2e/owners`. Exits with 1 if a
 * promise was broken.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { ownManyKeys } from "../e2e/owners/many_keys.ts";
import { proveOwners } from "../e2e/owners/prove.ts";
import { type EngineName, hasEngine } from "../support/engines/binaries.ts";
import { ENGINES } from "../support/engines/start.ts";
import { exitWithVerdict } from "./verdict.ts";

const { values } = parseArgs({
  args: Deno.args.filter((each) => each !== "--"), // after it everything would be a name
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "1000" },
    keys: { type: "string", default: "10000" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    engines: { type: "string", default: ENGINES.filter(hasEngine).join(",") },
  },
});
const engines = ENGINES.filter((engine) => values.engines.split(",").includes(engine));
const [rounds, keys, seed] = [values.rounds, values.keys, values.seed].map(Number);
if (!(rounds! >= 0) || !(keys! >= 0) || !(seed! >= 0) || engines.length === 0) {
  throw new RangeError(`Cannot soak: expected --rounds, --keys, --seed, all >= 0, --engines of ${ENGINES}`);
}

/** One engine does its share of the rounds while the others do theirs: a round is mostly waiting. */
async function prove(engine: EngineName): Promise<string[]> {
  return rounds === 0 ? [] : await proveOwners(engine, seed!, Math.ceil(rounds! / engines.length));
}

console.log(`seed ${seed}: ${rounds} rounds and ${keys} keys on ${engines.join(", ")}`);
const broken = (await Promise.all(engines.map(prove))).flat();
for (const engine of keys === 0 ? [] : engines) { // one after the other: they are measured
  broken.push(...await ownManyKeys(engine, keys!).catch((error) => [`${engine}, ${keys} keys: ${error}`]));
}
exitWithVerdict(broken, "one owner for each key, nothing lost");
