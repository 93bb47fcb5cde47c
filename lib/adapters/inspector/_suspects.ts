/**
 * Measures the handlers of servers that may be slow, and of no others.
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
}

/** Stands for the message of a server whose `init` is running, such as a channel that somebody joins. */
const STARTING = Symbol("starting");
/** A busy server with so many waiting messages may be slow. */
const MANY_WAIT = 10;
/** For how many looks a server is measured that is not suspected any more: it may only be between two messages. */
const PATIENCE = 5;
/** How many servers are measured at the same time: thousands of clocks would cost some percent of the throughput. */
const MOST = 100;

/**
 * Gives a clock to each server that is at the same message as when it looked before, that has many messages waiting, or
 * whose reply such a server waits for. It takes the clock away when that is over. So a handler that is slow is noticed,
 * and for whom it waits, and other servers are as fast as if nobody looked, also when thousands of them are busy.
 */
export class Suspects implements Disposable {
  #seen: ReadonlyMap<Server, Seen> = new Map();
  /** For how many more looks each of them is measured. */
  readonly #measured = new Map<Server, number>();

  /** Looks at the processes that are busy now. */
  look(busy: readonly Process[]): void {
    const nowMs = performance.now();
    const seen = new Map<Server, Seen>();
    for (const process of busy) {
      if (process instanceof ServerProcess && (process.current !== undefined || process.isStarting)) {
        seen.set(process, this.#lookAt(process, nowMs));
      }
    }
    this.#seen = seen;
    for (const server of [...this.#measured.keys()]) {
      const pid = server.awaitedReply?.pid;
      if (pid instanceof ServerProcess) this.#suspect(pid, nowMs);
    }
    for (const [server, looks] of this.#measured) this.#letGo(server, looks - 1);
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    for (const server of this.#measured.keys()) this.#letGo(server, 0);
    this.#seen = new Map();
  }

  #lookAt(server: Server, nowMs: number): Seen {
    const before = this.#seen.get(server);
    const message = server.isStarting ? STARTING : server.current;
    const isSame = before !== undefined && before.message === message;
    const seen = isSame ? before : { message, sinceMs: nowMs };
    if (isSame || server.mailbox.length >= MANY_WAIT) this.#suspect(server, seen.sinceMs);
    return seen;
  }

  #suspect(server: Server, sinceMs: number): void {
    if (!this.#measured.has(server)) {
      if (this.#measured.size >= MOST) return;
      server.measureHandlers(true, sinceMs);
    }
    this.#measured.set(server, PATIENCE);
  }

  #letGo(server: Server, looks: number): void {
    if (looks > 0 && server.alive) return void this.#measured.set(server, looks);
    this.#measured.delete(server);
    server.measureHandlers(false);
  }
}
