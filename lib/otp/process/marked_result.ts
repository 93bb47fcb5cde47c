/**
 * The mark that distinguishes results of callbacks from all other values.
 *
 * @module
 */

import { oneLine, read, textOf } from "../../base/printable.ts";

/**
 * The key of the mark. Result classes have the mark and `next` on their prototype, so an object needs no memory for
 * them.
 */
export const RESULT: unique symbol = Symbol.for("@urvogel/realtime/result");

/**
 * The base type of what callbacks return. Only functions such as `ok` and `reply` create results.
 *
 * @category Results of callbacks
 */
export interface CallbackResult {
  /** The kind of result. */
  readonly next: string;
  /**
   * The mark.
   *
   * @ignore
   */
  readonly [RESULT]: true;
}

/**
 * The result of an `init` that decides not to start, which is not an error. It is defined here because any kind of
 * process may return it.
 *
 * @category Results of callbacks
 */
export interface Ignore extends CallbackResult {
  /** The kind of result. */
  readonly next: "ignore";
}

/**
 * Returns whether `value` is a result, and not another value such as a state or a promise.
 *
 * @throws What accessing a foreign `value` throws, such as a revoked proxy.
 */
export function isResult(value: unknown): value is CallbackResult {
  return typeof value === "object" && value !== null && (value as Partial<CallbackResult>)[RESULT] === true;
}

/** Describes a value that was returned instead of a valid result, for errors. Never throws. */
export function describeNonResult(value: unknown): string {
  if (typeof value !== "object") return typeof value;
  const next = value === null ? undefined : read(value, "next");
  if (next === undefined) return value === null ? "null" : "object";
  const name = oneLine(textOf(next));
  return read(value!, RESULT) === true ? name : `${name}, in an object that no function of the library made`;
}

/** Creates the error for a `callback` that returned an invalid result. Never throws. */
export function badResult(callback: string, result: unknown): TypeError {
  const found = describeNonResult(result);
  return new TypeError(`Cannot continue after ${callback}: it must return one of its results, returned ${found}`);
}
