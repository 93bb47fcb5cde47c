/**
 * What it costs that somebody looks: one server, with the inspector's page open and closed in turns.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { type Request, startGenerator, work } from "../contest.ts";
import type { Child } from "../child.ts";
import { cpuSeconds } from "../cpu_time.ts";
import { mostConnections } from "../descriptors.ts";
import type { Group } from "../group.ts";
import { OpenPage } from "../inspected.ts";
import { Server } from "../server.ts";
import { median, medianRatio } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** What the page may show: the tabs that read something of each connection, process or topic. */
const VIEWS: readonly string[] = ["overview", "sockets", "topics", "processes"];
const MOST_CLIENTS = 10_000;
/** The inspector reads 10,000 connections every four seconds: a window has several of these. */
const LEAST_WINDOW_MS = 8_000;
/** What the load has left behind is cleared up by then. */
const SETTLE_MS = 1_000;

/** Echoes on many connections beside an open page. */
export const inspector: Group = {
  name: "inspector",
  async run({ contestants, rounds, windowMs }: Request) {
    const clients = Math.min(MOST_CLIENTS, mostConnections());
    const rows: string[][] = [];
    if (contestants.includes("inspected")) {
      await using server = await Server.start("inspected");
      await using generator = startGenerator(server, { load: "echoes", clients, inFlight: 1 });
      await generator.readLine(); // "ready"
      const longMs = Math.max(windowMs, LEAST_WINDOW_MS);
      await work(generator, longMs); // warms it up
      for (const view of VIEWS) {
        rows.push([view, ...await compare({ server, generator, windowMs: longMs }, view, rounds)]);
      }
    }
    return {
      title: `Inspector: echoes per server-CPU-second, ${clients.toLocaleString("en")} clients with one in flight each`,
      columns: ["tab", "closed", "open", "processor time while idle"],
      rows,
    };
  },
};

interface Bench {
  readonly server: Server;
  readonly generator: Child;
  readonly windowMs: number;
}

async function compare(bench: Bench, view: string, rounds: number): Promise<string[]> {
  const closed: number[] = [];
  const open: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) closed.push(await rate(bench));
    open.push(await rateBeside(bench, view));
    if (round % 2 === 1) closed.push(await rate(bench));
  }
  if (closed.some(Number.isNaN)) return ["no /proc", "no /proc", "no /proc"];
  return [
    formatNumber(median(closed)),
    `${formatNumber(median(open))} (${medianRatio(open, closed).toFixed(3)})`,
    `${(100 * await idleShare(bench, view)).toFixed(1)} %`,
  ];
}

async function rateBeside(bench: Bench, view: string): Promise<number> {
  await using _page = await OpenPage.open(bench.server.target.port, view);
  return await rate(bench);
}

/** The part of a processor that the open page takes while the clients say nothing: the work of each second. */
async function idleShare({ server: { pid, target: { port } }, windowMs }: Bench, view: string): Promise<number> {
  await using _page = await OpenPage.open(port, view);
  await delay(SETTLE_MS);
  const [before, from] = [await cpuSeconds(pid), performance.now()];
  await delay(windowMs);
  return (await cpuSeconds(pid) - before) * 1_000 / (performance.now() - from);
}

async function rate({ generator, windowMs }: Bench): Promise<number> {
  const { done, serverCpuSeconds } = await work(generator, windowMs);
  return serverCpuSeconds === null ? NaN : done / serverCpuSeconds;
}
