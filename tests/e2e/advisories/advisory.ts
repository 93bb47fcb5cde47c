/**
 * Advisories of other products in this field, replayed as tests: each by its name, on each transport.
 *
 * `examples/guides/security.md` lists them; `guide_test.ts` keeps the list and the tests together.
 *
 * @module
 */

import { onTransports, type TransportUnderTest } from "../../support/transports.ts";

/**
 * A test for each transport.
 *
 * @param id The advisory's.
 * @param right What is right here.
 * @param fn The test.
 */
export function advisory(id: string, right: string, fn: (transport: TransportUnderTest) => Promise<void>): void {
  onTransports(`${id}: ${right}`, fn);
}
