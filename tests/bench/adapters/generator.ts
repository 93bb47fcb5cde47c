/**
 * The program that keeps a line busy: `generator.ts <adapter> bare|ours <url>`. Prints `ready` when it is. For each
 * line that it reads, the length of a window in milliseconds, it works and prints a {@linkcode LineWindow} as JSON.
 *
 * Both ends of the line are in this program, so its processor time is that of the client or the adapter, without the
 * engine's.
 *
 * @module
 */

import { createInterface } from "node:readline";
import process from "node:process";
import { cpuSeconds } from "../cpu_time.ts";
import { type Line, openLine } from "./line.ts";
import { MEASURED_ADAPTERS } from "./measured_adapters.ts";

/** What was done in a window. */
export interface LineWindow {
  /** How many messages arrived. */
  readonly done: number;
  /** The processor time that sending and receiving them took, in seconds. */
  readonly cpuSeconds: number;
}

const IN_FLIGHT = 16;
/** How long the last messages may take. */
const PATIENCE_MS = 10_000;

/** Sends the next message whenever one arrives, until the window is over and all have arrived. */
async function keepBusy(line: Line, windowMs: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = performance.now() + windowMs;
  let done = 0;
  let waiting = IN_FLIGHT;
  line.onMessage = () => {
    done++;
    if (performance.now() < end) line.send();
    else if (--waiting === 0) resolve();
  };
  const lost = setTimeout(
    () => reject(new Error(`Cannot trust this run: ${waiting} messages are lost`)),
    windowMs + PATIENCE_MS,
  );
  for (let i = 0; i < IN_FLIGHT; i++) line.send();
  await promise;
  clearTimeout(lost);
  return done;
}

if (import.meta.main) {
  const [name = "", way = "", url = ""] = Deno.args;
  const adapter = MEASURED_ADAPTERS[name];
  if (!adapter) throw new TypeError(`Cannot measure "${name}": there is no such adapter`);
  const line = way === "bare" ? await adapter.openBare(url) : await openLine(() => adapter.createAdapter(url));
  console.log("ready");
  for await (const windowMs of createInterface({ input: process.stdin })) {
    const before = await cpuSeconds(Deno.pid);
    const done = await keepBusy(line, Number(windowMs));
    const window: LineWindow = { done, cpuSeconds: await cpuSeconds(Deno.pid) - before };
    console.log(JSON.stringify(window));
  }
  await line.close();
}
