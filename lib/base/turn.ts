/**
 * Waiting until everything that is ready has run.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Waits for the next turn of the event loop, after all microtasks of this one. Fake time does not hold it up. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
