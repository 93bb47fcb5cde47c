/**
 * Measures the handlers of servers that may be stuck, and of no others.
 *
 * @module
 */

import type { Process } from "../../otp/process/process.ts";
import { ServerProcess } from "../../otp/server/server_process.ts";

type Server = ServerProcess<unknown>;

/** What a server was doing when somebody looked. */
interface Seen {
  /** The message that it was handling. */
  readonly message: unknown;
  /** When it was first seen to do so, in milliseconds of `performance.now()`. */
  readonly sinceMs: number;
  /** Whether it has got a clock. */
  readonly isMeasured: boolean;
}

/**
 * Gives a clock to each server that is at the same message as when it looked before, and takes it away when the server
 * has gone on. So a handler that runs for seconds is noticed, and the other servers are as fast as if nobody looked,
 * also when thousands of them are busy.
 */
export class Suspects implements Disposable {
  #seen: ReadonlyMap<Server, Seen> = new Map();

  /** Looks at the processes that are busy now. */
  look(busy: readonly Process[]): void {
    const nowMs = performance.now();
    const seen = new Map<Server, Seen>();
    for (const process of busy) {
      if (process instanceof ServerProcess && process.current !== undefined) {
        seen.set(process, this.#lookAt(process, nowMs));
      }
    }
    for (const [server, { message, isMeasured }] of this.#seen) {
      if (isMeasured && seen.get(server)?.message !== message) server.measureHandlers(false);
    }
    this.#seen = seen;
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    for (const [server, { isMeasured }] of this.#seen) if (isMeasured) server.measureHandlers(false);
    this.#seen = new Map();
  }

  #lookAt(server: Server, nowMs: number): Seen {
    const before = this.#seen.get(server);
    if (before === undefined || before.message !== server.current) {
      return { message: server.current, sinceMs: nowMs, isMeasured: false };
    }
    if (before.isMeasured) return before;
    server.measureHandlers(true, before.sinceMs);
    return { ...before, isMeasured: true };
  }
}
