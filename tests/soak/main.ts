/**
 * The soak: a server, a crowd that does it no good, and a steady group that must not notice.
 *
 * ```sh
 * deno task soak                                        # about 3 minutes
 * deno task soak --minutes=10 --crowd=2000 --steady=20 --seed=1
 * deno task soak -- cluster                             # another one, in cluster.ts
 * deno task soak -- cuts                                # another one, in cuts.ts
 * deno task soak -- owners                              # another one, in owners.ts
 * ```
 *
 * Exits with 1 if a promise was broken; see the README beside this file.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { parseArgs } from "node:util";
import { Program } from "../support/program.ts";
import { type Census, takeCensus } from "./census.ts";
import { runCrowd } from "./crowd.ts";
import { SteadyGroup } from "./steady.ts";
import { Tally } from "./tally.ts";
import { whatIsLeft } from "./what_is_left.ts";
import { exitWithVerdict } from "./verdict.ts";

/** The crowd comes once before, so that the server has grown to what such a crowd takes. */
const WARM_UP_SHARE = 0.3;
/**
 * How long the server may take to forget who has gone: stalled writes, closes without an answer, half handshakes; and V8
 * and the allocator to give back what is free.
 */
const TO_FORGET_MS = 45_000;
/**
 * Lets glibc give back what is free. By itself it keeps up to twice of what is in use, now more and now less: that would
 * be measured, and not what the server holds.
 */
const GIVES_BACK = { MALLOC_ARENA_MAX: "1", MALLOC_TRIM_THRESHOLD_: "131072", MALLOC_MMAP_THRESHOLD_: "131072" };
/** How long the whole may take beyond what was asked for, whatever happens. */
const GRACE_MS = 150_000;

if (Deno.args.includes("cluster")) await import("./cluster.ts"); // which exits
if (Deno.args.includes("cuts")) await import("./cuts.ts"); // which exits
if (Deno.args.includes("owners")) await import("./owners.ts"); // which exits

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "3" },
    crowd: { type: "string", default: "1500" },
    steady: { type: "string", default: "15" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
  },
});
const [minutes, crowd, size, seed] = [values.minutes, values.crowd, values.steady, values.seed].map(positive);

function positive(text: string): number {
  const number = Number(text);
  if (number > 0) return number;
  throw new RangeError(`Cannot soak: arguments must be numbers > 0, received "${text}"`);
}

/** Runs it. Answers what was broken. */
async function soak(): Promise<string[]> {
  await using program = new Program("deno run -A --quiet --v8-flags=--expose-gc tests/soak/server.ts", GIVES_BACK);
  const port = Number((await program.prints(/port (\d+)/))[1]);
  const group = await SteadyGroup.start(port, size!);
  const alone = await takeCensus(port);
  print("alone", alone, new Tally(), 0);

  const warmUpMs = minutes! * WARM_UP_SHARE * 60_000;
  await visits(port, group, "warm-up", warmUpMs, seed!);
  const before = await forgotten(port, group.pollers, alone);
  print("base line", before, new Tally(), 0);

  const failed = await visits(port, group, "crowd", minutes! * 60_000 - warmUpMs, seed! + 1);
  const after = await forgotten(port, group.pollers, alone, before);
  print("afterwards", after, new Tally(), 0);
  await group.finish();
  return [...group.faults, ...after.faults, ...failed, ...whatIsLeft({ alone, before, after, pollers: group.pollers })];
}

/** Lets the crowd in for a while, and prints what it does, minute by minute. */
async function visits(port: number, group: SteadyGroup, name: string, durationMs: number, seed: number) {
  const failed: string[] = [];
  let [tally, heard] = [new Tally(), group.heard];
  const report = async () => {
    const [last, lastHeard] = [tally, heard];
    [tally, heard] = [new Tally(), group.heard];
    failed.push(...last.failed);
    print(name, await takeCensus(port), last, heard - lastHeard);
  };
  const over = runCrowd({ port, size: crowd!, seed, durationMs }, () => tally);
  const end = performance.now() + durationMs;
  while (performance.now() < end) {
    await delay(Math.max(0, Math.min(60_000, end - performance.now())));
    await report();
  }
  await over;
  await report();
  return failed;
}

/** Waits until the server has forgotten the crowd, or has had the time to. */
async function forgotten(port: number, pollers: number, alone: Census, before?: Census): Promise<Census> {
  const end = performance.now() + TO_FORGET_MS;
  let census = await takeCensus(port);
  while (whatIsLeft({ alone, before, after: census, pollers }).length > 0 && performance.now() < end) {
    await delay(1000);
    census = await takeCensus(port);
  }
  await delay(2000);
  return await takeCensus(port);
}

function print(name: string, census: Census, tally: Tally, heard: number): void {
  const mb = (bytes: number) => (bytes / 1e6).toFixed(1);
  console.log([
    `${name.padEnd(10)} ${tally.connections} connections, ${tally.joins} joins, ${tally.crashes} crashes,`,
    `${tally.vanished} vanished, ${tally.lostHandshakes} gone before 101, ${tally.stalled} stalled, ${tally.garbage} garbage, ${heard} steady messages heard;`,
    `now ${census.connections} connected, ${census.processes} processes, ${census.topics} topics,`,
    `${census.timers} timers, ${census.descriptors} descriptors (${census.lostHandshakes} lost in Deno), rss ${
      mb(census.rssBytes)
    } MB, heap ${mb(census.heapBytes)} MB;`,
    `so far ${census.crashes} crashes, ${census.malformed} malformed`,
  ].join(" "));
}

console.log(`seed ${seed}: ${minutes} min, a crowd of ${crowd}, a steady group of ${size}`);
setTimeout(() => {
  console.error("BROKEN: it did not end in time");
  Deno.exit(1);
}, minutes! * 60_000 + GRACE_MS);
const broken = await soak();
exitWithVerdict(broken, "nothing lost, nothing left");
