/**
 * What a test may leave behind: nothing.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { listProcesses, type Pid } from "@urvogel/realtime";
import { timers } from "../../lib/base/timer_wheel.ts";
import { processOf } from "../../lib/otp/process/process.ts";

/** How many listen for the end of a process: those who do so for longer than they must are leaks. */
export function listenersOf(pid: Pid<never>): number {
  return processOf(pid).exitListenerCount;
}

/**
 * Counts processes, who listens for their end, and timers, now, and checks at the end of the block that there are no
 * more of them.
 *
 * @example Usage
 * ```ts
 * import { Leaks } from "./leaks.ts";
 *
 * using _ = new Leaks();
 * ```
 */
export class Leaks implements Disposable {
  readonly #listeners = new Map(listProcesses().map((pid) => [pid, listenersOf(pid)]));
  readonly #timers = timers.size;

  /** Fails if a process, a listener or a timer is left that was not there before. */
  [Symbol.dispose](): void {
    const left = listProcesses().filter((pid) => listenersOf(pid) > (this.#listeners.get(pid) ?? -1));
    assertEquals(
      left.map(({ id, label }) => `${id} (${label})`),
      [],
      "processes, or listeners of theirs, are left",
    );
    assertEquals(timers.size, this.#timers, "timers are left");
  }
}
