/**
 * What is measured within one program, without a network: the shape of a group, and how its figures get out.
 *
 * A group is a program of its own, so that its figures do not depend on which groups ran before: what V8 has learnt
 * about a function from one group makes it slower in the next.
 *
 * @module
 */

import { ownThreadSeconds } from "../cpu_time.ts";
import { median } from "../statistics.ts";

/** One figure, and what it is to be compared with. */
export interface Figure {
  /** What is measured. */
  readonly what: string;
  /** What Elixir does, on a machine like that of DESIGN.md's table; `"-"` where it was not measured. */
  readonly elixir: string;
  /** What we want; `"-"` where we do not say. */
  readonly target: string;
  /** What was measured. */
  readonly value: number;
  /** Of what. */
  readonly unit: "per second" | "bytes" | "ns";
}

/** How a figure comes about. */
export interface Measurement extends Omit<Figure, "value"> {
  /** Measures once. */
  readonly measure: () => number | Promise<number>;
}

const ROUNDS = 7;

/** Measures in alternating rounds, after one that warms up, and prints medians as JSON, for whoever started this. */
export async function printFigures(measurements: readonly Measurement[]): Promise<void> {
  const values = measurements.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round++) {
    for (const [i, { measure }] of measurements.entries()) {
      const value = await measure();
      if (round > 0) values[i]!.push(value);
    }
  }
  const figures: Figure[] = measurements.map(({ measure: _, ...figure }, i) => ({
    ...figure,
    value: median(values[i]!),
  }));
  console.log(JSON.stringify(figures));
}

/** How often something happens in a second of processor time if `count` of it take as long as `work` does. */
export async function perSecond(count: number, work: () => void | Promise<void>): Promise<number> {
  const before = ownThreadSeconds();
  await work();
  return count / (ownThreadSeconds() - before);
}

/** The bytes on V8's heap, after a collection of garbage. */
export function heapBytes(): number {
  const { gc } = globalThis as { gc?: () => void };
  if (!gc) throw new Error("Cannot measure memory: run with --v8-flags=--expose-gc");
  gc();
  gc(); // what a first collection finalizes, a second one frees
  return Deno.memoryUsage().heapUsed;
}
