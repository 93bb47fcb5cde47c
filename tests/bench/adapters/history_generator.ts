/**
 * The program that keeps a history engine busy: `history_generator.ts memory|<adapter> <url>`. Prints `ready` when it can.
 * For each line that it reads, `publish <ms>` or `read <ms>`, it works for that long and prints a
 * {@linkcode HistoryWindow} as JSON. For `fill <n>` it fills so many topics, and prints the same.
 *
 * @module
 */

import { createInterface } from "node:readline";
import process from "node:process";
import { type HistoryEngine, MemoryHistory, type Retention } from "@urvogel/realtime";
import { type MemoryUsage, memoryUsage } from "../contestant.ts";
import { MESSAGE_BYTES } from "./line.ts";
import { MEASURED_ADAPTERS } from "./measured_adapters.ts";
import { SILENT_NODE } from "../../../lib/testing/conformance/_silent_node.ts";

/** What was done in a window, and the memory of this program afterwards, without garbage. */
export interface HistoryWindow extends MemoryUsage {
  /** How many messages were published or are kept, or how often the topic was read. */
  readonly done: number;
  /** How long that took, in milliseconds. */
  readonly tookMs: number;
}

const IN_FLIGHT = 16;
const KEPT = 100;
const KEEP: Retention = { maxMessages: KEPT, maxAgeMs: 300_000, maxBytes: 1_000_000 };
const MESSAGE = { event: "said", payload: { text: "x".repeat(MESSAGE_BYTES - 50) } };
const TOPIC = "room:1";
/** How long the last announcements may take. */
const PATIENCE_MS = 10_000;

/** Opens the engine of one node. */
async function openEngine(name: string, url: string): Promise<HistoryEngine & { readonly close: () => unknown }> {
  if (name === "memory") return Object.assign(new MemoryHistory(), { close: () => {} });
  const node = MEASURED_ADAPTERS[name]?.createAdapter(url);
  const engine = node?.history;
  if (!node || !engine) throw new TypeError(`Cannot measure "${name}": it has no history`);
  await node.start(SILENT_NODE);
  return Object.assign(engine, { close: () => node.stop() });
}

/** Publishes the next message whenever one is kept. All of them have to be announced. */
async function publishes(engine: HistoryEngine, windowMs: number): Promise<number> {
  let [done, announced] = [0, 0];
  await engine.subscribe(TOPIC, KEEP, () => void announced++);
  const end = performance.now() + windowMs;
  const one = async () => {
    for (; performance.now() < end; done++) await engine.publish(TOPIC, MESSAGE, KEEP);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  const deadline = performance.now() + PATIENCE_MS;
  while (announced < done) {
    if (performance.now() > deadline) throw new Error(`Cannot trust this run: ${done - announced} messages are lost`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return done;
}

/** Reads the topic, again and again. */
async function reads(engine: HistoryEngine, windowMs: number): Promise<number> {
  for (let n = 0; n < KEPT; n++) await engine.publish(TOPIC, MESSAGE, KEEP);
  const { top } = await engine.read(TOPIC, undefined, KEEP);
  const { messages: [first] } = await engine.read(TOPIC, 0, KEEP);
  const after = first?.previous ?? top.offset;
  const end = performance.now() + windowMs;
  let done = 0;
  for (; performance.now() < end; done++) {
    const { messages } = await engine.read(TOPIC, after, KEEP);
    if (messages.length !== KEPT) throw new Error(`Cannot trust this run: read ${messages.length} messages`);
  }
  return done;
}

/** Fills topics, and leaves it at that. Returns how many messages they keep. */
async function fills(engine: HistoryEngine, topics: number): Promise<number> {
  let next = 0;
  const one = async () => {
    for (let topic = next++; topic < topics; topic = next++) {
      for (let n = 0; n < KEPT; n++) await engine.publish(`full:${topic}`, fullMessage(n), KEEP);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return topics * KEPT;
}

/** A message with a text of its own, as those of clients are: equal strings would be one in memory. */
function fullMessage(n: number) {
  return { event: "said", payload: { text: `${n}`.padEnd(MESSAGE_BYTES - 50, "x") } };
}

const WORK = { publish: publishes, read: reads, fill: fills };

if (import.meta.main) {
  const [name = "", url = ""] = Deno.args;
  const engine = await openEngine(name, url);
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    const [what, amount] = line.split(" ") as [keyof typeof WORK, string];
    const startMs = performance.now();
    const done = await WORK[what](engine, Number(amount));
    const window: HistoryWindow = { done, tookMs: performance.now() - startMs, ...memoryUsage() };
    console.log(JSON.stringify(window));
  }
  await engine.close();
}
