/**
 * Three nodes that own many keys: each key has one owner, and what that costs.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import type { NodeTimeOptions } from "@urvogel/realtime";
import type { EngineName } from "../../support/engines/binaries.ts";
import { startEngine } from "../../support/engines/start.ts";
import { faultsOf, type LogEntry } from "./commits.ts";
import { CounterNode } from "./counter_node.ts";
import { LoggedStore } from "./logged_store.ts";

const NODES = 3;
/** How many requests are open at a time. */
const CLIENTS = 64;
/** How long nothing is asked, to measure what the nodes themselves send, in milliseconds. */
const QUIET_MS = 10_000;

/** Has each key written by one node, and then by another. Prints what it took. Returns what was broken. */
export async function ownManyKeys(engine: EngineName, count: number): Promise<string[]> {
  await using resources = new AsyncDisposableStack();
  const bus = resources.use(await startEngine(engine));
  const store = resources.use(new LoggedStore());
  const times: NodeTimeOptions = {}; // the defaults: a busy machine must not lose sessions here
  const parts = { engine: bus, storeUrl: store.url, keys: [], times, onAcknowledged: () => {}, nextId: () => "" };
  const nodes = await Promise.all(Array.from({ length: NODES }, () => CounterNode.start(parts)));
  for (const node of nodes) resources.use(node);
  const before = nodes.map(rssOf);

  const started = await writeAll(nodes, count, 0);
  const called = await writeAll(nodes, count, 1);
  const owned = nodes.map((node, index) => ({
    keys: new Set(store.log.filter(({ node: name }) => name === node.name).map(({ key }) => key)).size,
    growthMb: rssOf(node) - before[index]!,
  }));
  const bytesBefore = bytesOf(nodes);
  await delay(QUIET_MS);
  const quietBytesPerSecond = Math.round((bytesOf(nodes) - bytesBefore) / (QUIET_MS / 1000));
  console.log(`${engine}, ${count} keys: ${JSON.stringify({ started, called, owned, quietBytesPerSecond })}`);
  return [...faultsOf(store.log, []), ...owners(store.log, count)].map((fault) => `${engine}: ${fault}`);
}

/** Each key was loaded once, so it had one owner, which got both writes. */
function owners(log: readonly LogEntry[], count: number): string[] {
  const loads = log.filter(({ kind }) => kind === "load");
  const saves = log.filter(({ kind }) => kind === "save");
  const keys = new Set(loads.map(({ key }) => key)).size;
  if (keys === count && loads.length === count && saves.length === 2 * count) return [];
  return [`${count} keys had ${loads.length} owners and ${saves.length} writes; ${keys} of them were loaded`];
}

/** Writes each key by one of the nodes; in another round by another one. Returns what it took. */
async function writeAll(nodes: readonly CounterNode[], count: number, round: number) {
  const [startMs, bytes] = [performance.now(), bytesOf(nodes)];
  let next = 0;
  const client = async () => {
    while (next < count) {
      const index = next++;
      await nodes[(index + round) % NODES]!.add(`k${index}`, `w${round}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  const seconds = (performance.now() - startMs) / 1000;
  return {
    perSecond: Math.round(count / seconds),
    engineBytesPerKey: Math.round((bytesOf(nodes) - bytes) / count),
  };
}

function bytesOf(nodes: readonly CounterNode[]): number {
  return nodes.reduce((sum, { engineBytes }) => sum + engineBytes, 0);
}

/** What the process of a node has in memory, in MB. */
function rssOf({ pid }: CounterNode): number {
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  return Math.round(Number(kilobytes) / 1000);
}
