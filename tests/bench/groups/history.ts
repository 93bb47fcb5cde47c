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
/** The same for engines that store each message before the next one is sent. */
const STORED_TOPICS = 300;

const COLUMNS = [
  "publish, 16 in flight",
  "recovery: 100 missed messages, one client after the other",
  "bytes of a kept one",
];

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
    const title =
      "History, 200 bytes (150 of payload), per second of one node: kept and announced to it; missed and read";
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
  return [...values.map((each) => formatNumber(median(each))), await bytesPerMessage(name, url)];
}

/** In a program of its own, which has nothing else to keep. */
async function bytesPerMessage(name: string, url: string): Promise<string> {
  await using child = new Child("adapters/history_generator.ts", [name, url]);
  await child.readLine(); // "ready"
  const storage = MEASURED_ADAPTERS[name]?.storage;
  const fill = async (topics: number) => {
    await child.writeLine(`fill ${topics}`);
    const window: HistoryWindow = JSON.parse(await child.readLine());
    return { ...window, storedBytes: await storage?.bytes(url) ?? 0 };
  };
  const topics = storage ? STORED_TOPICS : FULL_TOPICS;
  const before = await fill(topics / 10); // so that the code is compiled; these topics are filled again
  const after = await fill(topics);
  const perMessage = (what: "heapBytes" | "rssBytes" | "storedBytes") => {
    return formatNumber((after[what] - before[what]) / (after.done - before.done));
  };
  if (storage) return `${perMessage("storedBytes")} ${storage.unit}`;
  return `${perMessage("heapBytes")} of heap, ${perMessage("rssBytes")} of RSS`;
}
