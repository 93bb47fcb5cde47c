/**
 * A mutation run: puts small faults into the code, one at a time, and lists those that no test notices.
 *
 * ```sh
 * deno task mutate                                                     # 40 mutants
 * deno task mutate --files='lib/otp/**\/mailbox.ts' --count=100 --seed=7
 * ```
 *
 * Works on a copy of the project. Tests of the file's own name run first, the rest only if those pass. What survives,
 * and why that may be, stands in `tests/README.md`.
 *
 * @module
 */

import fc from "fast-check";
import { parseArgs } from "node:util";
import { type Mutant, mutantsOf, mutate } from "./mutants.ts";
import { type Subject, subjectsOf, TARGETS } from "./targets.ts";
import { type Verdict, Workspace } from "./workspace.ts";

/** A fault and where it goes. */
interface Fault {
  readonly subject: Subject;
  readonly text: string;
  readonly mutant: Mutant;
}

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "**" },
    count: { type: "string", default: "40" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    "time-limit-ms": { type: "string", default: "90000" },
  },
});
const count = natural("count", values.count);
const seed = natural("seed", values.seed);
const timeLimitMs = natural("time-limit-ms", values["time-limit-ms"]);

function natural(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new RangeError(`Cannot mutate: "--${name}" must be an integer > 0, received "${text}"`);
}

/** Reads the files and chooses so many of their faults, the same for the same seed. */
async function choose(root: string): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const subject of subjectsOf(TARGETS, root, values.files)) {
    const text = await Deno.readTextFile(`${root}/${subject.file}`);
    for (const mutant of mutantsOf(text)) faults.push({ subject, text, mutant });
  }
  if (faults.length === 0) throw new Error(`Cannot mutate: no file of the targets matches "${values.files}"`);
  const length = Math.min(count, faults.length);
  const [chosen] = fc.sample(fc.shuffledSubarray(faults, { minLength: length, maxLength: length }), {
    seed,
    numRuns: 1,
  });
  console.log(`${length} of ${faults.length} mutants, --seed=${seed}`);
  return chosen!;
}

async function judge(workspace: Workspace, { subject, text, mutant }: Fault): Promise<Verdict> {
  return await workspace.with(subject.file, mutate(text, mutant), async () => {
    const verdict = await workspace.test(subject.ownTests, timeLimitMs);
    if (verdict !== "passed") return verdict;
    return await workspace.test(subject.allTests, timeLimitMs);
  });
}

function describe({ subject, text, mutant }: Fault): string {
  const { start, end, line, operator, replacement } = mutant;
  const short = (code: string) => JSON.stringify(code.length > 60 ? `${code.slice(0, 60)}…` : code);
  return `${subject.file}:${line} ${operator} ${short(text.slice(start, end))} -> ${short(replacement)}`;
}

const root = Deno.cwd();
const faults = await choose(root);
await using workspace = await Workspace.of(root);
for (const tests of new Set(faults.map(({ subject }) => subject.allTests.join()))) {
  if (await workspace.test(tests.split(","), timeLimitMs) === "passed") continue;
  throw new Error(`Cannot mutate: without any mutant, not all tests pass within ${timeLimitMs} ms: ${tests}`);
}
const survivors: string[] = [];
for (const [i, fault] of faults.entries()) {
  const verdict = await judge(workspace, fault);
  if (verdict === "passed") survivors.push(describe(fault));
  console.log(`${i + 1}/${faults.length} ${verdict === "passed" ? "SURVIVED" : verdict} ${describe(fault)}`);
}
console.log(`\n${faults.length - survivors.length} noticed, ${survivors.length} survived`);
for (const survivor of survivors) console.log(`  ${survivor}`);
