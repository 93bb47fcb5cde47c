/**
 * Validation of options. Not that of `lib/base/check_number.ts`: its two more arguments would take the bundle of `live`
 * over the size that a test allows.
 *
 * @module
 */

/** @throws {RangeError} If the option `name` of what is to be done is less than `min`, or not a number. */
export function assertAtLeast(min: number, name: string, value: number): void {
  if (!(value >= min)) throw new RangeError(`Cannot use option: "${name}" must be >= ${min}, received ${value}`);
}
