/**
 * Exit reasons: why a process ended.
 *
 * @module
 */

import { isError } from "../../base/foreign.ts";
import { read, textOf } from "../../base/printable.ts";

/**
 * Why a process ended, as in OTP:
 *
 * | reason | meaning |
 * | --- | --- |
 * | `"normal"` | it finished its work; linked processes are not ended |
 * | `"shutdown"`, `{ shutdown: detail }` | it was asked to end, or ended as planned; not an error |
 * | `"kill"` | only as a signal: it cannot be trapped, and the process ends with `"killed"` |
 * | `"killed"` | it was ended by force |
 * | `"noproc"` | there was no such process |
 * | an `Error` | it failed |
 *
 * @category Processes
 */
export type ExitReason = "normal" | "shutdown" | "kill" | "killed" | "noproc" | Shutdown | Error;

/**
 * An expected end with a detail, as OTP's `{:shutdown, term}`.
 *
 * @category Processes
 */
export interface Shutdown {
  /** The cause, such as `"left"` for a channel whose client left the topic. */
  readonly shutdown: string;
}

/**
 * Returns whether `reason` is an expected end, which is not reported as a crash: `"normal"` or a shutdown.
 *
 * @category Processes
 * @example Usage
 * ```ts
 * import { isExpectedExit } from "@urvogel/realtime";
 * import { assert } from "@std/assert";
 *
 * assert(isExpectedExit({ shutdown: "left" }));
 * assert(!isExpectedExit(new Error("boom")));
 * ```
 *
 * @param reason The reason a process ended with.
 * @returns `true` for `"normal"`, `"shutdown"` and `{ shutdown }`.
 */
export function isExpectedExit(reason: ExitReason): boolean {
  if (typeof reason === "string") return reason === "normal" || reason === "shutdown";
  return !isError(reason);
}

/** Whether two reasons are equal; shutdowns with a detail are compared by that detail. Never throws. */
export function isSameExit(a: ExitReason, b: ExitReason): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string" || isError(a) || isError(b)) return false;
  return read(a, "shutdown") === read(b, "shutdown");
}

/** Formats a reason for messages: `normal`, `shutdown: left`, `Error: boom`. Never throws. */
export function describeExit(reason: ExitReason): string {
  if (typeof reason === "string") return reason;
  if (isError(reason)) return textOf(reason);
  return `shutdown: ${textOf(read(reason, "shutdown"))}`;
}

/** Converts a thrown value to an exit reason, which is an `Error`. Never throws. */
export function exitReasonOf(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(`Thrown: ${textOf(thrown)}`, { cause: thrown });
}
