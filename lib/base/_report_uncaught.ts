/**
 * Errors that are nobody's.
 *
 * @module
 */

/**
 * Reports an error as one that nobody has caught, and goes on. Without a listener for such errors the program ends.
 *
 * @param error What was thrown.
 */
export function reportUncaught(error: unknown): void {
  if (typeof reportError === "function") return reportError(error);
  queueMicrotask(() => { // Node has no reportError
    throw error;
  });
}
