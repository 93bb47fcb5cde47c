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
 * @throws {Error} If it does not come true within some seconds.
 */
export async function until(holds: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!await holds()) {
    if (performance.now() > end) {
      throw new Error(`Cannot go on: it did not come true that ${typeof what === "string" ? what : what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
