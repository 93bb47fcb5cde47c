/**
 * Floor and Urvogel under the same load, in turns: A B A B.
 *
 * @module
 */

import { Child } from "./child.ts";
import type { Window } from "./load/generator.ts";
import type { LoadPlan } from "./load/load.ts";
import { Server, SERVER_NAMES, type ServerName } from "./server.ts";

/** How much is measured. */
export interface Rounds {
  /** How many windows each server gets; one more before them warms it up. */
  readonly rounds: number;
  /** How long a window is, in milliseconds. */
  readonly windowMs: number;
}

/** The values of each server, round by round. */
export type Results = Readonly<Record<ServerName, readonly number[]>>;

/**
 * Lets both servers do the work of `plan` in alternating rounds.
 *
 * @returns What each did for a second of its processor time, by round. `undefined` where that is not known.
 */
export async function contest(plan: LoadPlan, { rounds, windowMs }: Rounds): Promise<Results | undefined> {
  await using stack = new AsyncDisposableStack();
  const generators = new Map<ServerName, Child>();
  for (const name of SERVER_NAMES) generators.set(name, await startLoad(name, plan, stack));
  const results = { floor: [] as number[], urvogel: [] as number[] };
  for (let round = 0; round <= rounds; round++) {
    for (const [name, generator] of generators) {
      const { done, serverCpuSeconds } = await work(generator, windowMs);
      if (serverCpuSeconds === null) return undefined;
      if (round > 0) results[name].push(done / serverCpuSeconds);
    }
  }
  return results;
}

/** Starts a server and what will keep it busy; `stack` ends both. */
async function startLoad(name: ServerName, plan: LoadPlan, stack: AsyncDisposableStack): Promise<Child> {
  const server = stack.use(await Server.start(name));
  const args = [String(server.port), String(server.pid), JSON.stringify(plan)];
  const generator = stack.use(new Child("load/generator.ts", args));
  await generator.readLine(); // "ready"
  return generator;
}

/** One window of work. */
async function work(generator: Child, windowMs: number): Promise<Window> {
  await generator.writeLine(String(windowMs));
  return JSON.parse(await generator.readLine());
}
