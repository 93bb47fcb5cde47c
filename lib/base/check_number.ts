/**
 * Validation of options that are numbers.
 *
 * @module
 */

/**
 * Returns `value`, unless it is too small.
 *
 * @example Usage
 * ```ts
 * import { checkAtLeast } from "./check_number.ts";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * assertEquals(checkAtLeast("serve", "port", 4000, 0), 4000);
 * assertThrows(
 *   () => checkAtLeast("serve", "port", -1, 0),
 *   RangeError,
 *   'Cannot serve: "port" must be >= 0, received -1',
 * );
 * ```
 *
 * @param task What cannot be done with another value, for the error: `create PubSub`.
 * @param name The name of the option.
 * @param value Its value.
 * @param least The smallest value that is allowed. `Infinity` is always allowed.
 * @throws {RangeError} If `value` is less than `least`, or not a number.
 */
export function checkAtLeast(task: string, name: string, value: number, least: number): number {
  if (value >= least) return value;
  throw new RangeError(`Cannot ${task}: "${name}" must be >= ${least}, received ${value}`);
}

/**
 * Returns `value`, unless it is 0 or less.
 *
 * @param task What cannot be done with another value, for the error: `create PubSub`.
 * @param name The name of the option.
 * @param value Its value. `Infinity` is allowed.
 * @throws {RangeError} If `value` is not more than 0, or not a number.
 */
export function checkPositive(task: string, name: string, value: number): number {
  if (value > 0) return value;
  throw new RangeError(`Cannot ${task}: "${name}" must be > 0, received ${value}`);
}
