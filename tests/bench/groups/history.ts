/**
 * Topics with history: publishing to one, and reading what it keeps, by engine.
 *
 * @module
 */

import type { HistoryWindow } from "../adapters/history_generator.ts";
import { MEASURED_ADAPTERS } from "../adapters/measured_adapters.ts";
import { Child } from "../child.ts";
import type { Rounds } from "../contest.ts";
import type { Group } from "../group.ts";
import { median } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** The work that is measured. */
const WORK = ["publish", "read"] as const;

/** By engine. */
export const history: Group = {
  name: "history",
  async run(request) {
    const rows = [["memory", ...await measure("memory", "none:", request)]];
    for (const [name, adapter] of Object.entries(MEASURED_ADAPTERS)) {
      if (adapter.hasHistory !== true) continue;
      const missing = adapter.missing();
      await using engine = missing === undefined ? await adapter.startEngine() : undefined;
      const cells = engine ? await measure(name, engine.url, request) : WORK.map(() => missing ?? "");
      rows.push([adapter.title, ...cells]);
    }
    const title = "History, 200 bytes, per second of one node: kept and announced to it; pages of 100";
    return { title, columns: ["", "publish, 16 in flight", "read of 100, one after the other"], rows };
  },
};

/** Both kinds of work in turn, after a round that warms up. */
async function measure(name: string, url: string, { rounds, windowMs }: Rounds): Promise<string[]> {
  await using child = new Child("adapters/history_generator.ts", [name, url]);
  await child.readLine(); // "ready"
  const values = WORK.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round++) {
    for (const [n, what] of WORK.entries()) {
      await child.writeLine(`${what} ${windowMs}`);
      const { done, tookMs }: HistoryWindow = JSON.parse(await child.readLine());
      if (round > 0) values[n]!.push(done / tookMs * 1000);
    }
  }
  return values.map((each) => formatNumber(median(each)));
}
