/**
 * Loading parameters before something that phoenix.js does at once.
 *
 * @module
 */

/**
 * Returns a function that loads parameters and then goes on with them, unless they are being loaded already.
 *
 * @param load Returns the parameters, or a promise of them.
 * @param isWanted Whether to load, and later whether to go on.
 * @param goOn Uses the parameters.
 * @param onFailure Receives what `load` throws.
 */
export function loadFirst<P>(
  load: () => P | PromiseLike<P>,
  isWanted: () => boolean,
  goOn: (params: P) => void,
  onFailure: (error: unknown) => void,
): () => void {
  let isLoading = false;
  const then = <T>(use: (loaded: T) => void) => (loaded: T) => {
    isLoading = false;
    if (isWanted()) use(loaded);
  };
  return () => {
    if (isLoading || !isWanted()) return;
    isLoading = true;
    new Promise<P>((resolve) => resolve(load())).then(then(goOn), then(onFailure));
  };
}

/** Asserts that what is used of phoenix.js, beyond what is documented, is there. @throws {TypeError} If not. */
export function assertInside(...parts: readonly unknown[]): void {
  if (!parts.every(Boolean)) throw new TypeError("Cannot load params: must be of phoenix.js 1.4 to 1.8");
}
