/**
 * Waiting for a promise with a timeout.
 *
 * @module
 */

import { Alarm } from "./alarm.ts";

/**
 * Waits for `promise` for a limited time. After a timeout the work behind it continues, but its result is ignored. It
 * may go on for much longer, with many that have waited for it: `promise` holds nothing of them.
 *
 * @param promise The promise to wait for.
 * @param timeoutMs The timeout, in milliseconds; `Infinity` for none.
 * @param late Creates the error after a timeout.
 * @returns What `promise` resolved to.
 * @throws {Error} What `promise` was rejected with, or what `late` made.
 */
export async function withinTime<T>(promise: PromiseLike<T>, timeoutMs: number, late: () => Error): Promise<T> {
  const result = Promise.withResolvers<T>();
  const release = forward(promise, result);
  const limit = new Alarm(() => result.reject(late())).set(timeoutMs);
  try {
    return await result.promise;
  } finally {
    limit.clear();
    release();
  }
}

/** Settles `result` as `promise` settles, until it is released. A race would hold the result for as long. */
function forward<T>(promise: PromiseLike<T>, result: PromiseWithResolvers<T>): () => void {
  let to: PromiseWithResolvers<T> | undefined = result;
  promise.then((value) => to?.resolve(value), (thrown) => to?.reject(thrown));
  return () => void (to = undefined);
}
