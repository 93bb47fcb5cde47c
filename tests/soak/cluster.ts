/**
 * The soak of a cluster: `deno task soak -- cluster`. Three nodes with each engine in turn, to which the worst happens
 * again and again; what must hold is in `tests/e2e/cluster`. Exits with 1 if a promise was broken.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { Chaos } from "../e2e/cluster/chaos.ts";
import { endlessFaults, type Fault } from "../e2e/cluster/faults.ts";
import { hasEngine } from "../support/engines/binaries.ts";
import { ENGINES } from "../support/engines/start.ts";
import { Random } from "./random.ts";
import { exitWithVerdict } from "./verdict.ts";

const { values } = parseArgs({
  args: Deno.args.filter((each) => each !== "--"), // after it everything would be a name
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "3" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    engines: { type: "string", default: ENGINES.filter(hasEngine).join(",") },
  },
});
const engines = ENGINES.filter((engine) => values.engines.split(",").includes(engine));
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0) || !(seed >= 0) || engines.length === 0) {
  throw new RangeError(`Cannot soak: expected --minutes > 0, --seed >= 0, --engines of ${ENGINES}`);
}

/** Faults until the time of an engine is over. */
function* faults(): Generator<Fault> {
  const end = performance.now() + minutes * 60_000 / engines.length;
  for (const fault of endlessFaults(new Random(seed))) {
    if (performance.now() > end) return;
    yield fault;
  }
}

const broken: string[] = [];
console.log(`seed ${seed}: ${minutes} min for ${engines.join(", ")}`);
for (const engine of engines) {
  await using chaos = await Chaos.start(engine, seed);
  try {
    await chaos.run(faults());
    const found = await chaos.finish();
    broken.push(...found.faults.map((fault) => `${engine}: ${fault}`));
    console.log(`${engine}: ${chaos.log.length} faults, ${found.promised} deliveries that had to happen`);
  } catch (error) {
    broken.push(`${engine}: ${error}`);
  }
  for (const line of chaos.log) console.log(`  ${line}`);
}
exitWithVerdict(broken, "nothing unexplained");
