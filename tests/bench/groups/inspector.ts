/**
 * What it costs that somebody looks: two servers beside each other, the inspector's page open on one of them.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { type Request, startGenerator, work } from "../contest.ts";
import type { Child } from "../child.ts";
import { CPU_TIME_IS_KNOWN, cpuSeconds } from "../cpu_time.ts";
import { mostConnections } from "../descriptors.ts";
import type { Group } from "../group.ts";
import { OpenPage } from "../inspected.ts";
import { Server } from "../server.ts";
import { median, medianError } from "../statistics.ts";
import { formatNumber } from "../table.ts";

/** No page: shows what the machine alone makes of a comparison. */
const NONE = "none";
/** What the page may show: the tabs that read something of each connection, process or topic. */
const VIEWS: readonly string[] = [NONE, "overview", "sockets", "topics", "processes"];
const MOST_CLIENTS = 10_000;
/** The inspector reads 10,000 connections every four seconds: this is several times. */
const LEAST_OPEN_MS = 20_000;
/** A busy machine changes its speed within seconds: each server works so long, and then the other. */
const SLICE_MS = 500;
/** The page has begun by then, and what the load has left behind is cleared up. */
const SETTLE_MS = 1_000;

/** Echoes on many connections beside an open page. */
export const inspector: Group = {
  name: "inspector",
  async run({ contestants, rounds, windowMs }: Request) {
    const clients = Math.min(MOST_CLIENTS, mostConnections());
    const rows: string[][] = [];
    if (contestants.includes("inspected") && CPU_TIME_IS_KNOWN) {
      await using stack = new AsyncDisposableStack();
      const pair: Pair = [await start(clients, stack), await start(clients, stack)];
      const openMs = Math.max(windowMs, LEAST_OPEN_MS);
      for (const { generator } of pair) await work(generator, openMs / 2); // warms it up
      for (const view of VIEWS) rows.push([view, ...await compare(pair, { view, rounds, openMs })]);
    }
    return {
      title: `Inspector: echoes per server-CPU-second, ${clients.toLocaleString("en")} clients with one in flight each`,
      columns: ["tab", "closed", "open: closed", "processor time while idle", "closed"],
      rows,
    };
  },
};

interface Loaded {
  readonly server: Server;
  readonly generator: Child;
}

/** Two of the same. */
type Pair = readonly [Loaded, Loaded];

interface Plan {
  readonly view: string;
  readonly rounds: number;
  /** How long the page is open on a server, each time. */
  readonly openMs: number;
}

async function start(clients: number, stack: AsyncDisposableStack): Promise<Loaded> {
  const server = stack.use(await Server.start("inspected"));
  const generator = stack.use(startGenerator(server, { load: "echoes", clients, inFlight: 1 }));
  await generator.readLine(); // "ready"
  return { server, generator };
}

async function compare([one, other]: Pair, { view, rounds, openMs }: Plan): Promise<string[]> {
  const closed: number[] = [];
  const ratios: number[] = [];
  for (let turn = 0; turn < 2 * rounds; turn++) { // in turns: one server is always a little faster
    const [looked, unseen] = turn % 2 === 0 ? [one, other] : [other, one];
    await using _page = await open(looked, view);
    for (let slice = 0; slice < openMs / (2 * SLICE_MS); slice++) {
      const rates = slice % 2 === 0
        ? { open: await rate(looked), closed: await rate(unseen) }
        : { closed: await rate(unseen), open: await rate(looked) };
      closed.push(rates.closed);
      ratios.push(rates.open / rates.closed);
    }
  }
  return [
    formatNumber(median(closed)),
    `${median(ratios).toFixed(3)} ± ${medianError(ratios).toFixed(3)}`,
    ...await idleShares([one, other], view),
  ];
}

async function open({ server }: Loaded, view: string): Promise<AsyncDisposable> {
  const page = view === NONE ? new AsyncDisposableStack() : await OpenPage.open(server.target.port, view);
  await delay(SETTLE_MS);
  return page;
}

/** The part of a processor that the servers take while their clients say nothing: the work of each second. */
async function idleShares([looked, unseen]: Pair, view: string): Promise<string[]> {
  await using _page = await open(looked, view);
  const read = () => Promise.all([looked, unseen].map(({ server }) => cpuSeconds(server.pid)));
  const [before, from] = [await read(), performance.now()];
  await delay(LEAST_OPEN_MS / 2);
  const [after, seconds] = [await read(), (performance.now() - from) / 1_000];
  return after.map((cpu, index) => `${(100 * (cpu - before[index]!) / seconds).toFixed(1)} %`);
}

async function rate({ generator }: Loaded): Promise<number> {
  const { done, serverCpuSeconds } = await work(generator, SLICE_MS);
  return done / serverCpuSeconds!; // known: see above
}
