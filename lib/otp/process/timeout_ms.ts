/**
 * Times that callers give.
 *
 * @module
 */

/**
 * Checks how long somebody wants to wait; `Infinity` is fine.
 *
 * @param what What cannot be done otherwise: `call "add"`.
 * @param timeoutMs The time, in milliseconds.
 * @throws {RangeError} If it is negative or not a number.
 */
export function assertTimeout(what: string, timeoutMs: number): void {
  if (!(timeoutMs >= 0)) throw new RangeError(`Cannot ${what}: "timeoutMs" must be >= 0, received ${timeoutMs}`);
}
