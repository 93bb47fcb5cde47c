/**
 * The crowd: visitors who come, do something, and go, again and again.
 *
 * @module
 */

import { delay } from "@std/async/delay";
import { BEHAVIOURS } from "./behaviours.ts";
import { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

/** How long a visitor stays away between two visits. */
const LONGEST_ABSENCE_MS = 8000;
/** How long a visit may take. A server that lets somebody wait for longer has failed. */
const LONGEST_VISIT_MS = 60_000;

/** The visitors: how many, and until when. */
export interface CrowdPlan {
  readonly port: number;
  /** How many visitors there are at a time. */
  readonly size: number;
  readonly seed: number;
  readonly durationMs: number;
}

/** Runs a crowd. Resolves when all have gone. */
export async function runCrowd({ port, size, seed, durationMs }: CrowdPlan, tally: () => Tally): Promise<void> {
  const end = performance.now() + durationMs;
  await Promise.all(Array.from({ length: size }, async (_, i) => {
    const random = new Random(seed * 1_000_003 + i);
    await delay(random.between(0, LONGEST_ABSENCE_MS));
    while (performance.now() < end) {
      const visit = random.pick(BEHAVIOURS);
      const began = performance.now();
      try {
        await within(visit({ port, random, tally: tally() }), LONGEST_VISIT_MS);
      } catch (error) {
        tally().failed.push(
          `${visit.name} after ${Math.round(performance.now() - began)} ms: ${
            error instanceof Error ? error.message : error
          }`,
        );
      }
      await delay(random.between(0, LONGEST_ABSENCE_MS));
    }
  }));
}

async function within(visit: Promise<void>, timeoutMs: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`it took more than ${timeoutMs} ms`)), timeoutMs);
  try {
    await Promise.race([visit, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
