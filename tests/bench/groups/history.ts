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
/** How many topics are full when the memory of a message is measured: enough that nothing else counts. */
const FULL_TOPICS = 1000;
/** Those that keep messages in the program itself. What the others take is theirs. */
const IN_PROGRAM = ["memory", "threads"];

const COLUMNS = ["publish, 16 in flight", "read of 100, one after the other", "bytes (RSS) of a kept message"];

/** By engine. */
export const history: Group = {
  name: "history",
  async run(request) {
    const rows = [["memory", ...await measure("memory", "none:", request)]];
    for (const [name, adapter] of Object.entries(MEASURED_ADAPTERS)) {
      if (adapter.hasHistory !== true) continue;
      const missing = adapter.missing();
      await using engine = missing === undefined ? await adapter.startEngine() : undefined;
      const cells = engine ? await measure(name, engine.url, request) : COLUMNS.map(() => missing ?? "");
      rows.push([adapter.title, ...cells]);
    }
    const title = "History, 200 bytes, per second of one node: kept and announced to it; pages of 100";
    return { title, columns: ["", ...COLUMNS], rows };
  },
};

/** Both kinds of work in turn, after a round that warms up, and what a kept message takes. */
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
  const bytes = IN_PROGRAM.includes(name) ? formatNumber(await bytesPerMessage(name, url)) : "the engine's";
  return [...values.map((each) => formatNumber(median(each))), bytes];
}

/** In a program of its own, which has nothing else to keep. */
async function bytesPerMessage(name: string, url: string): Promise<number> {
  await using child = new Child("adapters/history_generator.ts", [name, url]);
  await child.readLine(); // "ready"
  const fill = async (topics: number): Promise<HistoryWindow> => {
    await child.writeLine(`fill ${topics}`);
    return JSON.parse(await child.readLine());
  };
  const before = await fill(FULL_TOPICS / 10); // so that the code is compiled
  const after = await fill(FULL_TOPICS);
  return (after.rssBytes - before.rssBytes) / (after.done - before.done);
}
