/**
 * What all servers of the bench have in common: they run as programs of their own, print where they listen, report how
 * much memory they hold, and end when the bench does. Runs on Deno and on Node.
 *
 * @module
 */

import process from "node:process";

/** Asks for {@linkcode MemoryUsage}, after a collection of garbage. */
export const MEMORY_PATH = "/memory";

/** What a server answers at {@linkcode MEMORY_PATH}. */
export interface MemoryUsage {
  /** All memory of the process, as the operating system counts it. */
  readonly rssBytes: number;
  /** What its objects take, without what V8 holds in reserve. */
  readonly heapBytes: number;
}

/** Measures the memory of this program. */
export function memoryUsage(): MemoryUsage {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("Cannot measure memory: run with --v8-flags=--expose-gc");
  gc();
  gc(); // what a first collection finalizes, a second one frees
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed };
}

/** Prints `port`, and ends the program with its standard input: with the bench, however that ends. */
export function announce(port: number): void {
  console.log(port);
  process.stdin.on("end", () => process.exit()).resume();
}
