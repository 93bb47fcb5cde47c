/**
 * Calling what somebody else has written.
 *
 * @module
 */

/**
 * Does something that may fail, now or later: a rejection that nobody takes would end the whole program.
 *
 * @param action What to do.
 * @param onFailure Gets what it throws, or what its promise is rejected with.
 */
export function attempt(action: () => void | Promise<void>, onFailure: (thrown: unknown) => void): void {
  try {
    const done = action();
    if (done instanceof Promise) done.catch(onFailure);
  } catch (thrown) {
    onFailure(thrown);
  }
}
