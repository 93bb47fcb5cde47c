/**
 * Waiting for a time to pass, on the shared timer wheel.
 *
 * @module
 */

import { Alarm } from "./alarm.ts";

/** Waits for `delayMs` milliseconds. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => new Alarm(resolve).set(delayMs));
}
