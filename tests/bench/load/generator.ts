/**
 * The program that makes a load on one server: `generator.ts TARGET PID PLAN`. Prints `ready` when it is. For each line
 * that it reads, the length of a window in milliseconds, it works and prints a {@linkcode Window} as JSON; ends with
 * its standard input.
 *
 * @module
 */

import { createInterface } from "node:readline";
import process from "node:process";
import { CPU_TIME_IS_KNOWN, cpuSeconds } from "../cpu_time.ts";
import type { Target } from "./client.ts";
import { type LoadPlan, prepare } from "./load.ts";

/** What was done in a window. */
export interface Window {
  /** How much: messages, deliveries, clients, joins. */
  readonly done: number;
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** The processor time that the server spent on it, in seconds; `null` where the system does not tell. */
  readonly serverCpuSeconds: number | null;
}

if (import.meta.main) {
  const [target = "", pid = "", plan = ""] = Deno.args;
  const serverCpu = async () => CPU_TIME_IS_KNOWN ? await cpuSeconds(Number(pid)) : NaN;
  const load = await prepare(JSON.parse(plan) as LoadPlan, JSON.parse(target) as Target);
  console.log("ready");
  for await (const windowMs of createInterface({ input: process.stdin })) {
    await load.tidy(); // not earlier: somebody may want to look at the server as it is after the window
    const [cpuBefore, before] = [await serverCpu(), performance.now()];
    const done = await load.work(Number(windowMs));
    const [cpuAfter, after] = [await serverCpu(), performance.now()];
    // NaN, where the processor time is not known, is null in JSON.
    const window = { done, seconds: (after - before) / 1000, serverCpuSeconds: cpuAfter - cpuBefore };
    console.log(JSON.stringify(window satisfies Window));
  }
  Deno.exit();
}
