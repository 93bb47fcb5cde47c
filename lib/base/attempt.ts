/**
 * Calling functions that may fail, such as a user's callbacks.
 *
 * @module
 */

import { isThenable } from "./thenable.ts";

/**
 * Calls a function that may throw or return a promise that is rejected. An unhandled rejection would end the program.
 *
 * @param action The function.
 * @param onFailure Receives what it throws, or what its promise is rejected with.
 */
export function attempt(action: () => void | PromiseLike<void>, onFailure: (thrown: unknown) => void): void {
  try {
    const done = action();
    if (isThenable(done)) Promise.resolve(done).catch(onFailure);
  } catch (thrown) {
    onFailure(thrown);
  }
}
