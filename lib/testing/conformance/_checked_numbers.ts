/**
 * Fills in the numbers of a conformance suite.
 *
 * @module
 */

import { checkPositive } from "../../base/check_number.ts";

/**
 * Fills in the defaults.
 *
 * @param what What is tested: `"adapter"`.
 * @throws {RangeError} If a number is not positive.
 */
export function checkedNumbers<N extends object>(what: string, defaults: Required<N>, numbers: N): Required<N> {
  const checked = { ...defaults, ...numbers };
  const entries: [string, number][] = Object.entries(checked);
  for (const [name, value] of entries) checkPositive(`test ${what}`, name, value);
  return checked;
}
