/**
 * Servers under the same load, in turns: A B C, B C A, C A B.
 *
 * @module
 */

import { Child } from "./child.ts";
import type { ContestantName } from "./contestants.ts";
import type { Window } from "./load/generator.ts";
import type { LoadPlan } from "./load/load.ts";
import { Server } from "./server.ts";

/** How much is measured. */
export interface Rounds {
  /** How many windows each server gets; one more before them warms it up. */
  readonly rounds: number;
  /** How long a window is, in milliseconds. */
  readonly windowMs: number;
}

/** How much is measured, and on which servers. */
export interface Request extends Rounds {
  /** Those that take part; a group compares the ones among them that it is about. */
  readonly contestants: readonly ContestantName[];
}

/** The values of each server, round by round. */
export type Results = ReadonlyMap<ContestantName, readonly number[]>;

/**
 * Lets servers do the work of `plan` in alternating rounds.
 *
 * @param names Which ones.
 * @returns What each did for a second of its processor time, by round. `undefined` where that is not known.
 */
export async function contest(
  names: readonly ContestantName[],
  plan: LoadPlan,
  { rounds, windowMs }: Rounds,
): Promise<Results | undefined> {
  await using stack = new AsyncDisposableStack();
  const generators = new Map<ContestantName, Child>();
  for (const name of names) generators.set(name, await startLoad(name, plan, stack));
  const results = new Map(names.map((name) => [name, [] as number[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const [name, generator] of rotated([...generators], round)) {
      const { done, serverCpuSeconds } = await work(generator, windowMs);
      if (serverCpuSeconds === null) return undefined;
      if (round > 0) results.get(name)!.push(done / serverCpuSeconds);
    }
  }
  return results;
}

/** Each is first as often as the others: on a busy machine the first of a round does up to a fifth less. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const start = by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/** Starts a server and what will keep it busy; `stack` ends both. */
async function startLoad(name: ContestantName, plan: LoadPlan, stack: AsyncDisposableStack): Promise<Child> {
  const generator = stack.use(startGenerator(stack.use(await Server.start(name)), plan));
  await generator.readLine(); // "ready"
  return generator;
}

/** Starts the program that makes the load of `plan` on `server`. */
export function startGenerator({ target, pid }: Server, plan: LoadPlan): Child {
  return new Child("load/generator.ts", [JSON.stringify(target), String(pid), JSON.stringify(plan)]);
}

/** One window of work. */
export async function work(generator: Child, windowMs: number): Promise<Window> {
  await generator.writeLine(String(windowMs));
  return JSON.parse(await generator.readLine());
}
