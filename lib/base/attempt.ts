/**
 * Calling what somebody else has written.
 *
 * @module
 */

import { isThenable } from "./thenable.ts";

/**
 * Does something that may fail, now or later: a rejection that nobody takes would end the whole program.
 *
 * @param action What to do.
 * @param onFailure Gets what it throws, or what its promise is rejected with.
 */
export function attempt(action: () => void | PromiseLike<void>, onFailure: (thrown: unknown) => void): void {
  try {
    const done = action();
    if (isThenable(done)) Promise.resolve(done).catch(onFailure);
  } catch (thrown) {
    onFailure(thrown);
  }
}
