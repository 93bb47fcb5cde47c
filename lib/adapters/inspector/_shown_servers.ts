/**
 * Measures the handlers of the servers that somebody looks at, and of no others: with thousands of servers, clocks for
 * all of them would cost some percent of the throughput.
 *
 * @module
 */

import type { Pid } from "../../otp/process/pid.ts";
import { handlerWatch } from "../../otp/server/handler_watch.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";
import { Lease } from "./_lease.ts";

type Server = ServerProcess<unknown>;

/** The servers that were shown in the last seconds. */
export class ShownServers implements Disposable {
  readonly #all = new Lease(() => handlerWatch.watch());
  readonly #leases = new Map<Server, Lease<Disposable>>();

  /**
   * Measures servers from now on, until they were not shown for a while. Other processes have no handlers.
   *
   * @returns Whether one of them is new.
   */
  add(pids: Iterable<Pid<never>>): boolean {
    for (const [server, lease] of this.#leases) if (!lease.isHeld) this.#leases.delete(server);
    let hasNew = false;
    for (const pid of pids) {
      if (pid instanceof ServerProcess && this.#use(pid)) hasNew = true;
    }
    return hasNew;
  }

  /** Measures all servers from now on, until this was not called for a while: one of them is looked for. */
  addAll(): void {
    this.#all.use();
  }

  /** Ends it. They may be shown again. */
  [Symbol.dispose](): void {
    this.#all[Symbol.dispose]();
    for (const lease of this.#leases.values()) lease[Symbol.dispose]();
    this.#leases.clear();
  }

  /** Returns whether the server was not measured before. */
  #use(server: Server): boolean {
    const known = this.#leases.get(server);
    const lease = known ?? new Lease(() => measured(server));
    if (!known) this.#leases.set(server, lease);
    lease.use();
    return !known;
  }
}

function measured(server: Server): Disposable {
  server.measureHandlers(true);
  return { [Symbol.dispose]: () => server.measureHandlers(false) };
}
