/**
 * Safe type checks for values that come from other code.
 *
 * `instanceof` runs code of the value if that is a `Proxy`: a revoked one (an Immer draft after its producer) throws,
 * and any other may throw too. Code that handles failures must not fail itself, so it uses these functions.
 *
 * @module
 */

/** Any class, with any constructor parameters. */
type AnyClass<T> = abstract new (...args: never[]) => T;

/**
 * Returns the same as `value instanceof type`, but never throws.
 *
 * @example Usage
 * ```ts
 * import { isInstance } from "./foreign.ts";
 * import { assert } from "@std/assert";
 *
 * const { proxy, revoke } = Proxy.revocable(new Map(), {});
 * assert(isInstance(proxy, Map));
 * revoke();
 * assert(!isInstance(proxy, Map)); // `proxy instanceof Map` throws
 * ```
 *
 * @param value Anything.
 * @param type A class.
 * @returns Whether it is an instance; `false` for a value that throws during the check.
 */
export function isInstance<T>(value: unknown, type: AnyClass<T>): value is T {
  try {
    return value instanceof type;
  } catch {
    return false;
  }
}

/**
 * Returns whether `value` is an error, of this realm or another. Never throws.
 *
 * @example Usage
 * ```ts
 * import { isError } from "./foreign.ts";
 * import { assert } from "@std/assert";
 *
 * assert(isError(new TypeError("no")));
 * assert(!isError({ name: "TypeError", message: "no" }));
 * ```
 *
 * @param value Anything.
 * @returns Whether it is an error.
 */
export function isError(value: unknown): value is Error {
  return Error.isError(value) || isInstance(value, Error);
}
