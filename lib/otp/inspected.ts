/**
 * Values of any kind, for a log.
 *
 * @module
 */

import { entry } from "../base/printable.ts";

/**
 * Shows `value` as an entry of a log. Never throws, whatever the value does when it is looked at: who reports a failure
 * must not fail.
 *
 * @param value Anything.
 * @returns At most 10,000 characters; lines after the first are indented.
 */
export function inspected(value: unknown): string {
  try {
    return entry(Deno.inspect(value));
  } catch {
    return `a value that cannot be shown: looking at it throws`;
  }
}
