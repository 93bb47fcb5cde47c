/**
 * Waiting for what comes soon, in tests over real sockets, where no fake clock helps.
 *
 * @module
 */

const PATIENCE_MS = 8000;

/**
 * Waits until `holds` does.
 *
 * @param holds The condition.
 * @param what It in words, for the error.
 * @param patienceMs How long to wait, in milliseconds; some seconds by default.
 * @throws {Error} If it does not come true in that time.
 */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string | (() => string),
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!await holds()) {
    if (performance.now() > end) {
      throw new Error(`Cannot go on: it did not come true that ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
