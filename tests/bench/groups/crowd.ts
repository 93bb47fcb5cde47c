/**
 * As many clients as a process may have: what each costs while it only listens, and how soon the last of them has what
 * is sent to all.
 *
 * @module
 */

import { type Request, startGenerator, work } from "../contest.ts";
import { type ContestantName, CONTESTANTS } from "../contestants.ts";
import { mostConnections } from "../descriptors.ts";
import type { Group } from "../group.ts";
import { Server } from "../server.ts";
import { median } from "../statistics.ts";
import { formatNumber } from "../table.ts";
import { warmUp } from "./idle.ts";

/** Those whose connections differ. Batches are text that is put together before it reaches a connection. */
const NAMES: readonly ContestantName[] = ["floor", "urvogel", "frames", "ws", "socketIo"];
/** A crowd takes long to come and little time to be told something. */
const BROADCASTS = 5;
/** Over before the first broadcast has come to everybody, so that there is no second one. */
const WINDOW_MS = 1;

/** One server, all clients that there may be. */
export const crowd: Group = {
  name: "crowd",
  async run({ contestants }: Request) {
    const clients = mostConnections();
    const rows: string[][] = [];
    for (const name of NAMES.filter((name) => contestants.includes(name))) {
      rows.push([CONTESTANTS[name].title, ...await measure(name, clients)]);
    }
    return {
      title: `A crowd: ${clients.toLocaleString("en")} connections with one channel, one broadcast to all`,
      columns: ["", "bytes (RSS) each", "until the last has it", "deliveries per server-CPU-second"],
      rows,
    };
  },
};

async function measure(name: ContestantName, clients: number): Promise<string[]> {
  await using server = await Server.start(name);
  await warmUp(server);
  const before = await server.rssBytes();
  await using generator = startGenerator(server, {
    load: "broadcasts",
    clients,
    inFlight: 1,
    senders: 1,
    watched: "all",
  });
  await generator.readLine(); // "ready"
  const bytes = (await server.rssBytes() - before) / clients;
  const windows = [];
  for (let i = 0; i < BROADCASTS; i++) windows.push(await work(generator, WINDOW_MS));
  const seconds = windows.map((window) => window.seconds * clients / window.done);
  const rates = windows.map(({ done, serverCpuSeconds }) => serverCpuSeconds === null ? NaN : done / serverCpuSeconds);
  return [formatNumber(bytes), `${Math.round(median(seconds) * 1000)} ms`, formatNumber(median(rates))];
}
