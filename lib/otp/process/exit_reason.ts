/**
 * Why a process ended.
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
 * | `"normal"` | it had nothing left to do; those linked to it live on |
 * | `"shutdown"`, `{ shutdown: detail }` | it was asked to end, or ended as planned; not an error |
 * | `"kill"` | only sent: ends a process whatever it traps, which then ends as `"killed"` |
 * | `"killed"` | it was ended by force |
 * | `"noproc"` | there was no such process |
 * | an `Error` | it failed |
 */
export type ExitReason = "normal" | "shutdown" | "kill" | "killed" | "noproc" | Shutdown | Error;

/** An expected end that says more, as OTP's `{:shutdown, term}`. */
export interface Shutdown {
  /** What made the process end, such as `"left"` for a channel whose client left the topic. */
  readonly shutdown: string;
}

/**
 * Tells whether `reason` stands for an end that nobody needs to hear about: `"normal"` or a shutdown.
 *
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

/** Whether two reasons say the same: those with a detail are compared by it. Never throws. */
export function isSameExit(a: ExitReason, b: ExitReason): boolean {
  if (a === b) return true;
  if (typeof a === "string" || typeof b === "string" || isError(a) || isError(b)) return false;
  return read(a, "shutdown") === read(b, "shutdown");
}

/** A reason in words, for messages: `normal`, `shutdown: left`, `Error: boom`. Never throws. */
export function describeExit(reason: ExitReason): string {
  if (typeof reason === "string") return reason;
  if (isError(reason)) return textOf(reason);
  return `shutdown: ${textOf(read(reason, "shutdown"))}`;
}

/** The reason for an end by an exception: what was thrown, as an `Error`. Never throws. */
export function exitReasonOf(thrown: unknown): Error {
  return isError(thrown) ? thrown : new Error(`Thrown: ${textOf(thrown)}`, { cause: thrown });
}
