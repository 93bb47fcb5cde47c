/**
 * A pause that ends early when nobody waits any more.
 *
 * @module
 */

import { Pauses } from "../../base/pause.ts";

/** Waits for `delayMs` milliseconds, or until `signal` is aborted. */
export async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  const pauses = new Pauses();
  const end = () => pauses.end();
  if (signal.aborted) return;
  signal.addEventListener("abort", end, { once: true });
  await pauses.pause(delayMs);
  signal.removeEventListener("abort", end);
}
