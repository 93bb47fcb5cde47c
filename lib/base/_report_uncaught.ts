/**
 * Reporting errors that no code catches.
 *
 * @module
 */

/**
 * Reports an error as uncaught, and returns. Without a listener for uncaught errors the program ends.
 *
 * @param error What was thrown.
 */
export function reportUncaught(error: unknown): void {
  if (typeof reportError === "function") return reportError(error);
  queueMicrotask(() => { // Node has no reportError
    throw error;
  });
}
