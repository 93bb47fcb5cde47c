/**
 * Waiting for a program that has nothing more to do, instead of for a time that may be too short.
 *
 * @module
 */

import { nextTurn } from "../base/pause.ts";
import { Process } from "../otp/process/process.ts";

/** Options for {@linkcode settle}. */
export interface SettleOptions {
  /**
   * How long to wait for processes that are busy with something else than messages, in milliseconds of real time.
   *
   * @default {1000}
   */
  readonly timeoutMs?: number;
}

/** What becomes of a wait. */
export type Settled = "idle" | "busy";

const QUIET_TURNS = 2;

/**
 * Waits until every process of this thread waits for a message that has not come.
 *
 * Then nothing will happen any more, until somebody sends something or time passes: with fake time that is as certain as
 * it sounds. A process that waits for something else, such as a `fetch` in a handler, is busy: it is waited for, for as
 * long as `timeoutMs`.
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
 * @returns `"idle"`, or `"busy"` if something still was when the time was over.
 */
export async function settle({ timeoutMs = 1000 }: SettleOptions = {}): Promise<Settled> {
  const deadline = performance.now() + timeoutMs;
  do {
    if (await isQuiet()) return "idle";
  } while (performance.now() < deadline);
  return "busy";
}

/** Whether nothing happens for two turns in a row: what a socket or a file has ready comes between them. */
async function isQuiet(): Promise<boolean> {
  for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
    await nextTurn();
    if (!Process.allIdle) return false;
  }
  return true;
}
