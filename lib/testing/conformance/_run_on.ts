/**
 * Runs one case of a conformance suite.
 *
 * @module
 */

/** Runs a case. What it found counts for more than what goes wrong while its nodes are stopped. */
export async function runOn<S extends { close(): Promise<void> }>(
  site: S,
  check: (site: S) => Promise<void>,
): Promise<void> {
  try {
    await check(site);
  } catch (error) {
    await site.close().catch(() => {});
    throw error;
  }
  await site.close();
}
