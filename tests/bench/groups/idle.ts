/**
 * What a client costs that only listens.
 *
 * @module
 */

import type { Child } from "../child.ts";
import { type Request, startGenerator } from "../contest.ts";
import type { ContestantName } from "../contestants.ts";
import type { Group } from "../group.ts";
import type { LoadPlan } from "../load/load.ts";
import { Server } from "../server.ts";
import { contestCells, contestColumns } from "./contest_group.ts";

/** Not those who differ by what they send: idle connections send nothing. */
const NAMES: readonly ContestantName[] = ["floor", "urvogel", "frames", "ws", "socketIo"];
/** Enough that what a server needs for itself does not count. */
const CLIENTS = 8000;
/** So many that the code has been compiled, and so few that their memory does not count. */
const CLIENTS_BEFORE = 300;
/** Each round takes servers of its own, and memory is steadier than time. */
const MOST_ROUNDS = 3;
/** Longer than it takes all of them to come. */
const WINDOW_MS = 60_000;

/** Memory of idle connections. */
export const idle: Group = {
  name: "idle",
  async run({ rounds, contestants }: Request) {
    const names = NAMES.filter((name) => contestants.includes(name));
    const results = new Map(names.map((name) => [name, [] as number[]]));
    for (let round = 0; round < Math.min(rounds, MOST_ROUNDS); round++) {
      for (const name of names) results.get(name)!.push(await bytesPerConnection(name));
    }
    return {
      title: "Memory: bytes (RSS) per idle connection with one channel",
      columns: contestColumns(names),
      rows: [["8,000 connections", ...contestCells(names, results)]],
    };
  },
};

async function bytesPerConnection(name: ContestantName): Promise<number> {
  await using server = await Server.start(name);
  await warmUp(server);
  const before = await server.rssBytes();
  await using _ = await arrive(server, CLIENTS);
  return (await server.rssBytes() - before) / CLIENTS;
}

/** Lets some clients come and go. */
export async function warmUp(server: Server): Promise<void> {
  await using _ = await arrive(server, CLIENTS_BEFORE);
}

/** Lets clients connect and join. They stay until the generator ends. */
async function arrive(server: Server, clients: number): Promise<Child> {
  const plan: LoadPlan = { load: "connects", most: clients };
  const generator = startGenerator(server, plan);
  await generator.readLine(); // "ready"
  await generator.writeLine(String(WINDOW_MS));
  await generator.readLine(); // all are there
  return generator;
}
