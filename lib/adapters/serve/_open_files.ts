/**
 * How many connections the limit of open files leaves room for.
 *
 * Deno's `node:net` takes no connection any more once it has had no descriptor for one, and does not say so. So a
 * server has to stay below the limit, whatever comes: all that wait in the backlog may be accepted before it can refuse
 * one.
 *
 * @module
 */

import { readFileSync } from "node:fs";

const LIMITS = "/proc/self/limits";
/** Files of the program itself. */
const OTHER_FILES = 64;

/**
 * Returns how many connections there may be.
 *
 * @param backlog How many may be accepted at once.
 * @returns The number, `Infinity` where the system does not report the limit, or the program may not read it.
 */
export function roomForConnections(backlog: number): number {
  const limit = openFileLimit();
  return Math.max(limit - backlog - OTHER_FILES, Math.floor(limit / 2));
}

function openFileLimit(): number {
  if (!mayRead()) return Infinity;
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(readFileSync(LIMITS, "utf8")) ?? [];
    return Number(limit ?? Infinity);
  } catch {
    return Infinity; // not Linux
  }
}

/** Asked, so that nobody at the keyboard is. */
function mayRead(): boolean {
  return typeof Deno === "undefined" || Deno.permissions.querySync({ name: "read", path: LIMITS }).state === "granted";
}
