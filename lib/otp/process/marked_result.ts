/**
 * The mark that tells a result of a callback from everything else.
 *
 * @module
 */

import { oneLine, read, textOf } from "../../base/printable.ts";

/** The mark. Classes of results have it on their prototype, with `next`: so it costs a result nothing. */
export const RESULT: unique symbol = Symbol.for("@urvogel/realtime/result");

/** What all results have in common: a mark that only the functions that make results can give. */
export interface CallbackResult {
  /** Which result it is. */
  readonly next: string;
  /**
   * The mark.
   *
   * @ignore
   */
  readonly [RESULT]: true;
}

/** Not started, and that is fine. Any process may be started with this result, so it stands here. */
export interface Ignore extends CallbackResult {
  /** Which result it is. */
  readonly next: "ignore";
}

/**
 * Tells a result from everything else, such as a state or a promise.
 *
 * @throws What looking at a foreign `value` throws, such as a revoked proxy.
 */
export function isResult(value: unknown): value is CallbackResult {
  return typeof value === "object" && value !== null && (value as Partial<CallbackResult>)[RESULT] === true;
}

/** What was returned instead of a result that fits, for errors. Never throws. */
export function describeNonResult(value: unknown): string {
  if (typeof value !== "object") return typeof value;
  const next = value === null ? undefined : read(value, "next");
  if (next === undefined) return value === null ? "null" : "object";
  const name = oneLine(textOf(next));
  return read(value!, RESULT) === true ? name : `${name}, in an object that no function of the library made`;
}

/** The error of a `callback`, in words, that returned something it may not return. Never throws. */
export function badResult(callback: string, result: unknown): TypeError {
  const found = describeNonResult(result);
  return new TypeError(`Cannot go on after ${callback}: it must return one of its results, returned ${found}`);
}
