/**
 * Calls to an engine that are repeated until they succeed: a failed read must not be taken for an empty history.
 *
 * @module
 */

import type { MaybePromise } from "../base/maybe_promise.ts";
import { isThenable } from "../base/thenable.ts";

/** Waits before a failed call is repeated. Resolves to whether to go on. */
export type Retry = (attempt: number, thrown: unknown) => Promise<boolean>;

/**
 * Calls `action` until it succeeds. A call that succeeds in its turn costs no promise.
 *
 * @throws What the last call threw, once `retry` has resolved to `false`.
 */
export function persist<T>(action: () => MaybePromise<T>, retry: Retry): MaybePromise<T> {
  try {
    const result = action();
    return isThenable(result) ? repeat(action, retry, Promise.resolve(result as PromiseLike<T>)) : result;
  } catch (thrown) {
    return repeat(action, retry, Promise.reject(thrown));
  }
}

async function repeat<T>(action: () => MaybePromise<T>, retry: Retry, first: Promise<T>): Promise<T> {
  let result = first;
  for (let attempt = 1;; attempt++) {
    try {
      return await result;
    } catch (thrown) {
      if (!await retry(attempt, thrown)) throw thrown;
    }
    result = (async () => await action())();
  }
}
