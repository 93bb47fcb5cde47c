/**
 * Waits until the program is idle, instead of for a fixed time that may be too short.
 *
 * @module
 */

import { nextTurn } from "../base/pause.ts";
import { Process } from "../otp/process/process.ts";

/** Options for {@linkcode settle}. */
export interface SettleOptions {
  /**
   * How long to wait for processes that are busy with something other than messages, in milliseconds of real time.
   *
   * @default {1000}
   */
  readonly timeoutMs?: number;
}

/** The result of {@linkcode settle}. */
export type Settled = "idle" | "busy";

const QUIET_TURNS = 2;

/**
 * Waits until the program is idle: every process of this thread waits for its next message.
 *
 * Then nothing happens until a message is sent or time passes; with fake time, a test controls the latter as well. A
 * process that waits for something else, such as a `fetch` in a handler, is busy: `settle` waits for it for at most
 * `timeoutMs`.
 *
 * @example Usage
 * ```ts
 * import { GenServer, noreply } from "@urvogel/realtime";
 * import { settle } from "@urvogel/realtime/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const seen: string[] = [];
 * class Log extends GenServer<null, { casts: { add(line: string): void } }> {
 *   override init() {
 *     return null;
 *   }
 *   override handleCast = this.casts({
 *     add: (state, line) => {
 *       seen.push(line);
 *       return noreply(state);
 *     },
 *   });
 * }
 * const log = await GenServer.start(Log);
 * log.cast("add", "hello");
 * assertEquals(await settle(), "idle");
 * assertEquals(seen, ["hello"]);
 * await log.stop();
 * ```
 *
 * @param options How long to wait.
 * @returns `"idle"`, or `"busy"` if a process was still busy when the time was over.
 */
export async function settle({ timeoutMs = 1000 }: SettleOptions = {}): Promise<Settled> {
  const deadline = performance.now() + timeoutMs;
  do {
    if (await isQuiet()) return "idle";
  } while (performance.now() < deadline);
  return "busy";
}

/**
 * Returns whether nothing happens for two turns of the event loop in a row. Ready sockets and files are handled between
 * them.
 */
async function isQuiet(): Promise<boolean> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    await nextTurn();
    if (!Process.allIdle) return false;
  }
  return true;
}
