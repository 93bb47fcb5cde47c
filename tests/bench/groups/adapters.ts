/**
 * Broadcasts from node to node, by each adapter and by the bare client of its engine.
 *
 * @module
 */

import type { LineWindow } from "../adapters/generator.ts";
import type { MeasuredAdapter } from "../adapters/line.ts";
import { MEASURED_ADAPTERS } from "../adapters/measured_adapters.ts";
import { Child } from "../child.ts";
import type { Rounds } from "../contest.ts";
import { CPU_TIME_IS_KNOWN } from "../cpu_time.ts";
import type { Group } from "../group.ts";
import { median, medianRatio } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** The ways that are compared, the bare client first. */
const WAYS = ["bare", "ours"] as const;

/** Node to node, by adapter. */
export const adapters: Group = {
  name: "adapters",
  async run(request) {
    const rows: string[][] = [];
    for (const [name, adapter] of Object.entries(MEASURED_ADAPTERS)) {
      rows.push([adapter.title, ...await cells(name, adapter, request)]);
    }
    const title = "Broadcasts from node to node, 200 bytes, 16 in flight, per CPU-second of both nodes";
    return { title, columns: ["", "bare client", "Urvogel"], rows };
  },
};

async function cells(name: string, adapter: MeasuredAdapter, rounds: Rounds): Promise<string[]> {
  const missing = CPU_TIME_IS_KNOWN ? adapter.missing() : "no /proc";
  if (missing !== undefined) return WAYS.map(() => missing);
  await using engine = await adapter.startEngine();
  const [bare, ours] = await measure(name, engine.url, rounds);
  return [formatNumber(median(bare)), `${formatNumber(median(ours))} (${medianRatio(ours, bare).toFixed(2)})`];
}

/** Both ways in turn, after a round that warms up. */
async function measure(
  name: string,
  url: string,
  { rounds, windowMs }: Rounds,
): Promise<readonly [bare: readonly number[], ours: readonly number[]]> {
  await using stack = new AsyncDisposableStack();
  const lines = WAYS.map((way) => ({ line: stack.use(start(name, way, url)), values: [] as number[] }));
  for (const { line } of lines) await line.readLine(); // "ready"
  for (let round = 0; round <= rounds; round++) {
    for (const { line, values } of round % 2 === 0 ? lines : lines.toReversed()) {
      await line.writeLine(String(windowMs));
      const { done, cpuSeconds }: LineWindow = JSON.parse(await line.readLine());
      if (round > 0) values.push(done / cpuSeconds);
    }
  }
  const [bare, ours] = lines;
  return [bare!.values, ours!.values];
}

function start(name: string, way: typeof WAYS[number], url: string): Child {
  return new Child("adapters/generator.ts", [name, way, url]);
}
