/**
 * Waiting for a promise with a timeout.
 *
 * @module
 */

import { Alarm } from "./alarm.ts";

/**
 * Waits for `promise` for a limited time. After a timeout the work behind it continues, but its result is ignored.
 *
 * @param promise The promise to wait for.
 * @param timeoutMs The timeout, in milliseconds; `Infinity` for none.
 * @param late Creates the error after a timeout.
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
