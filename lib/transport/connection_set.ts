/**
 * The open connections of a mount.
 *
 * @module
 */

import { CLOSE_CODES } from "../protocol/close_codes.ts";
import type { Connection } from "./connection.ts";

/** Connections that are open, and whether there may be more. */
export class ConnectionSet implements Iterable<Connection> {
  readonly #open = new Set<Connection>();
  #drained: PromiseWithResolvers<void> | undefined;

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether {@linkcode drain} has been called: nobody is taken in any more. */
  get draining(): boolean {
    return this.#drained !== undefined;
  }

  /** Takes `connection` in; sends it away again while draining. */
  add(connection: Connection): void {
    this.#open.add(connection);
    if (this.#drained) restart(connection);
  }

  /** Forgets `connection`. */
  delete(connection: Connection): void {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#drained?.resolve();
  }

  /** Closes all of them, for good, and waits until they are gone. */
  async drain(): Promise<void> {
    this.#drained ??= Promise.withResolvers();
    for (const connection of [...this.#open]) restart(connection);
    if (this.#open.size > 0) await this.#drained.promise;
  }

  /** Those that are open. */
  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }
}

/** Clients come back after this code, and find the next server. */
function restart(connection: Connection): void {
  connection.close(CLOSE_CODES.serviceRestart, { reason: "restart" });
}
