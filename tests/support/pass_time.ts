/**
 * Letting faked time pass in steps, for nodes that send each other messages meanwhile.
 *
 * @module
 */

import type { FakeTime } from "@std/testing/time";
import { settle } from "@urvogel/realtime/testing";

/** How time passes. */
export interface PassOptions {
  /**
   * How much time passes at once, in milliseconds. What happens in a step is over before the next one.
   *
   * @default {100}
   */
  readonly stepMs?: number;
  /**
   * How long to wait in each step until nothing happens, in real milliseconds. With 0 it goes on after two turns of the
   * event loop at most, for servers that are never idle.
   *
   * @default {1000}
   */
  readonly settleMs?: number;
}

/**
 * Lets time pass, and all that happens meanwhile.
 *
 * @param time The clock.
 * @param ms How much time, in milliseconds; rounded up to whole steps.
 */
export async function pass(
  time: FakeTime,
  ms: number,
  { stepMs = 100, settleMs = 1000 }: PassOptions = {},
): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) {
    time.tick(stepMs);
    await settle({ timeoutMs: settleMs });
  }
}
