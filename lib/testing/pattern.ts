/**
 * Patterns: the parts of a payload that a test checks.
 *
 * @module
 */

/**
 * A pattern that a value must match:
 *
 * - a function decides whether the value matches,
 * - an object lists the keys that are checked, each with a pattern; other keys are allowed,
 * - a list must have the same length, each element with a pattern,
 * - bytes and all other values must be equal.
 */
export type Pattern =
  | ((value: unknown) => boolean)
  | { readonly [key: string]: Pattern }
  | readonly Pattern[]
  | Uint8Array
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined;

/**
 * Returns whether `value` matches `pattern`.
 *
 * @example Usage
 * ```ts
 * import { matchesPattern } from "@urvogel/realtime/testing";
 * import { assert } from "@std/assert";
 *
 * const payload = { from: "ann", text: "hello", sentAt: Date.now() };
 * assert(matchesPattern(payload, { from: "ann", sentAt: (sentAt) => Number(sentAt) > 0 }));
 * assert(!matchesPattern(payload, { from: "bob" }));
 * ```
 *
 * @param value The value to check.
 * @param pattern The pattern.
 */
export function matchesPattern(value: unknown, pattern: Pattern): boolean {
  if (typeof pattern === "function") return pattern(value);
  if (typeof pattern !== "object" || pattern === null) return Object.is(value, pattern);
  if (pattern instanceof Uint8Array) return value instanceof Uint8Array && sameBytes(value, pattern);
  if (isList(pattern)) {
    if (!Array.isArray(value) || value.length !== pattern.length) return false;
    return pattern.every((element, i) => matchesPattern(value[i], element));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.entries(pattern).every(([key, part]) =>
    Object.hasOwn(value, key) && matchesPattern(Reflect.get(value, key), part)
  );
}

function isList(pattern: object): pattern is readonly Pattern[] {
  return Array.isArray(pattern);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
