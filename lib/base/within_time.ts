/**
 * Waiting for a promise, but not for ever.
 *
 * @module
 */

import { Alarm } from "./alarm.ts";

/**
 * Waits for `promise` for a limited time. It is not stopped when the time is over: its result is ignored then.
 *
 * @param promise What to wait for.
 * @param timeoutMs How long, in milliseconds; `Infinity` for as long as it takes.
 * @param late Makes the error when the time is over.
 * @returns What `promise` resolved to.
 * @throws {Error} What `promise` was rejected with, or what `late` made.
 */
export async function withinTime<T>(promise: PromiseLike<T>, timeoutMs: number, late: () => Error): Promise<T> {
  const timeout = Promise.withResolvers<never>();
  const limit = new Alarm(() => timeout.reject(late())).set(timeoutMs);
  try {
    return await Promise.race([promise, timeout.promise]);
  } finally {
    limit.clear();
  }
}
