/**
 * Measures the handlers of the servers that somebody looks at, and of no others: with thousands of servers, clocks for
 * all of them would cost some percent of the throughput.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { monotonicMs } from "../../base/clock.ts";
import type { Pid } from "../../otp/process/pid.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";
import { LEASE_MS } from "./_lease.ts";

/** The servers that were shown in the last seconds. */
export class ShownServers implements Disposable {
  /** Until when each is measured, the one that ends first in front. */
  readonly #until = new Map<ServerProcess<unknown>, number>();
  readonly #alarm = new Alarm(() => this.#sweep());

  /**
   * Measures servers from now on, until they were not shown for a while. Other processes have no handlers.
   *
   * @returns Whether one of them is new.
   */
  add(pids: Iterable<Pid<never>>): boolean {
    const until = monotonicMs() + LEASE_MS;
    const isFirst = this.#until.size === 0;
    let hasNew = false;
    for (const pid of pids) {
      if (!(pid instanceof ServerProcess)) continue;
      const isNew = !this.#until.delete(pid);
      this.#until.set(pid, until);
      if (isNew) pid.measureHandlers(true);
      hasNew ||= isNew;
    }
    if (isFirst && hasNew) this.#alarm.set(LEASE_MS);
    return hasNew;
  }

  /** Ends it. They may be shown again. */
  [Symbol.dispose](): void {
    this.#alarm.clear();
    for (const server of this.#until.keys()) server.measureHandlers(false);
    this.#until.clear();
  }

  #sweep(): void {
    const nowMs = monotonicMs();
    for (const [server, until] of this.#until) {
      if (until > nowMs) return void this.#alarm.set(until - nowMs);
      this.#until.delete(server);
      server.measureHandlers(false);
    }
  }
}
