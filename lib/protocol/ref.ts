/**
 * Refs: the identifiers that a client gives its messages.
 *
 * @module
 */

/**
 * Returns whether two refs are the same.
 *
 * Every known client uses strings, but Phoenix accepts any JSON value, and so does Urvogel. As in Phoenix,
 * `1` and `"1"` are different refs.
 *
 * @example Usage
 * ```ts
 * import { sameRef } from "./ref.ts";
 * import { assert } from "@std/assert";
 *
 * assert(sameRef("1", "1"));
 * assert(!sameRef(1, "1"));
 * assert(sameRef(["a"], ["a"]));
 * ```
 *
 * @param a A ref: a JSON value.
 * @param b Another one.
 * @returns `true` if both are the same value, or arrays or objects of the same JSON text.
 */
export function sameRef(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}
