/**
 * `deno task test`: all tests, in two lanes at the same time, with a line for each group and the failures
 * in full at the end. `deno test` by itself runs the same tests one after the other and prints each.
 *
 * Real browsers, engines and clients share a small machine here, so what failed is run a second time, when
 * nothing else runs. What passes then is listed as unsteady; what fails twice has failed.
 *
 * @module
 */
import { filesIn } from "../files.ts";
import { type Group, groupsOf } from "./groups.ts";
import { failuresOf, type Outcome, outcomeOf, skippedOf } from "./report.ts";

const ROOT = new URL("../../../", import.meta.url);
const LANES = 2;
const TEST_FILE = /(?:^|[/_.])test\.tsx?$/;

/** What `deno test` prints of a test that does not end. The longest one takes two minutes on a busy machine. */
const HANGS = /has been running for over [^(]*\((?:8|16)m/;

async function testFiles(): Promise<string[]> {
  const files = await filesIn(new URL("tests/", ROOT));
  return files.filter((file) => TEST_FILE.test(file)).map((file) => `tests/${file}`);
}

async function run(files: readonly string[]): Promise<Outcome> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", ...files],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const stderr = new Response(child.stderr).text();
  const stdout = await collect(child.stdout, (text) => HANGS.test(text) && child.kill("SIGKILL"));
  return outcomeOf({ files, stdout, stderr: await stderr, success: (await child.status).success });
}

/** Collects a text. `look` sees each part as it comes. */
async function collect(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  look: (part: string) => unknown,
): Promise<string> {
  let all = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    all += part;
    look(part);
  }
  return all;
}

async function runGroup({ name, files }: Group): Promise<Outcome> {
  const start = performance.now();
  const outcome = await run(files);
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`${name}: ${outcome.passed} passed, ${outcome.failed} failed (${files.length} files, ${seconds} s)`);
  return outcome;
}

async function runAll(groups: readonly Group[]): Promise<Outcome[]> {
  const waiting = [...groups];
  const outcomes: Outcome[] = [];
  const lane = async () => {
    for (let group = waiting.shift(); group; group = waiting.shift()) outcomes.push(await runGroup(group));
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return outcomes;
}

async function typesAreRight(): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args: ["check", "-q"], cwd: ROOT, stdin: "null" });
  return (await command.spawn().status).success;
}

/** Runs what failed once more, by itself: once a machine has nothing else to do, only real faults are left. */
async function runAgain(files: readonly string[]): Promise<Outcome> {
  console.log(`\nOnce more, by themselves: ${files.join(" ")}`);
  const outcome = await run(files);
  if (outcome.failed === 0) console.log("They passed this time, so they are unsteady: please mend them.");
  return outcome;
}

function sum(outcomes: readonly Outcome[], of: "passed" | "failed" | "skipped"): number {
  return outcomes.reduce((total, outcome) => total + outcome[of], 0);
}

/** `deno task test tests/otp` is `deno test` of that folder. */
async function runOnly(args: readonly string[]): Promise<number> {
  const command = new Deno.Command(Deno.execPath(), { args: ["test", "-A", ...args] });
  return (await command.spawn().status).code;
}

async function main(): Promise<number> {
  if (Deno.args.length > 0) return await runOnly(Deno.args);
  if (!await typesAreRight()) return fail("Cannot run the tests: they do not compile, see above");
  const groups = groupsOf(await testFiles());
  console.log(`${groups.length} groups of tests, ${LANES} at a time; this takes about 12 minutes`);
  const first = await runAll(groups);
  const again = first.flatMap((outcome) => outcome.again);
  const failures = first.map(({ output }) => failuresOf(output)).filter((text) => text !== "");
  if (failures.length > 0) console.log(`\n${failures.join("\n\n")}`);
  const second = again.length > 0 ? await runAgain(again) : undefined;
  if (second !== undefined && second.failed > 0) console.log(`\n${failuresOf(second.output)}`);
  for (const reason of skippedOf(first.map(({ output }) => output).join("\n"))) console.log(reason);
  const [ran, skipped] = [sum(first, "passed") + sum(first, "failed"), sum(first, "skipped")];
  const failed = second === undefined ? sum(first, "failed") : second.failed;
  console.log(`\n${failed > 0 ? "FAILED" : "ok"} | ${ran - failed} passed | ${failed} failed | ${skipped} ignored`);
  return failed > 0 ? 1 : 0;
}

function fail(why: string): number {
  console.error(why);
  return 1;
}

Deno.exit(await main());
