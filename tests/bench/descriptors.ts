/**
 * How many connections a process may have.
 *
 * @module
 */

/** What a server and its load need for files, pipes and the event loop, with room to spare. */
const OWN_DESCRIPTORS = 200;
/** What one client address has ports for, by Linux's default range. */
const PORTS = 28_000;
/** The least that any system allows, where it does not say. */
const UNKNOWN_LIMIT = 1024;

/** As many connections as this process, and those that it starts, have descriptors for. */
export function mostConnections(): number {
  return Math.min(descriptorLimit() - OWN_DESCRIPTORS, PORTS);
}

/** How many descriptors a process may have; {@linkcode Infinity} for any number. */
export function descriptorLimit(): number {
  try {
    return descriptorLimitOf(Deno.readTextFileSync("/proc/self/limits"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return UNKNOWN_LIMIT;
    throw error;
  }
}

/**
 * Reads the soft limit in the text of `/proc/PID/limits`; see proc_pid_limits(5).
 *
 * @throws {TypeError} If `text` is something else.
 */
export function descriptorLimitOf(text: string): number {
  const soft = /^Max open files +(\d+|unlimited)/m.exec(text)?.[1];
  if (soft === undefined) throw new TypeError(`Cannot read limit: not a /proc/PID/limits: ${JSON.stringify(text)}`);
  return soft === "unlimited" ? Infinity : Number(soft);
}
