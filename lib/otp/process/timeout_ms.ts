/**
 * Validation of timeouts.
 *
 * @module
 */

import { checkAtLeast } from "../../base/check_number.ts";

/**
 * Throws if `timeoutMs` is not a valid timeout; `Infinity` is valid.
 *
 * @param what The operation that fails, for the error message: `call "add"`.
 * @param timeoutMs The time, in milliseconds.
 * @throws {RangeError} If it is negative or not a number.
 */
export function assertTimeout(what: string, timeoutMs: number): void {
  checkAtLeast(what, "timeoutMs", timeoutMs, 0);
}
