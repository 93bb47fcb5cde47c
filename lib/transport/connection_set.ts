/**
 * The connections of a mount.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import type { Connection } from "./connection.ts";
import { RestartNotice } from "./restart_notice.ts";

/** Connections that are open or about to be, and whether there may be more. */
export class ConnectionSet implements Iterable<Connection> {
  readonly #notice: RestartNotice;
  readonly #open = new Set<Connection>();
  readonly #opening = new Set<Connection>();
  #draining = false;
  #empty: PromiseWithResolvers<void> | undefined;

  /**
   * Creates an empty set.
   *
   * @param notice How connections that come while it drains are sent away.
   */
  constructor(notice: RestartNotice = new RestartNotice()) {
    this.#notice = notice;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether {@linkcode startDraining} has been called: nobody is taken in any more. */
  get draining(): boolean {
    return this.#draining;
  }

  /** Takes in a connection that is about to open. */
  expect(connection: Connection): void {
    this.#opening.add(connection);
  }

  /** Takes in a connection that has opened; sends it away again while draining. */
  add(connection: Connection): void {
    this.#opening.delete(connection);
    this.#open.add(connection);
    if (this.#draining) this.#notice.sendAway(connection);
  }

  /** Forgets `connection`. */
  delete(connection: Connection): void {
    this.#open.delete(connection);
    this.#opening.delete(connection);
    if (this.#isEmpty) this.#empty?.resolve();
  }

  /** From now on, sends away who comes. Those who are here may stay until somebody closes their connections. */
  startDraining(): void {
    this.#draining = true;
  }

  /** Waits until nobody is here or about to be, but not longer than `patienceMs` milliseconds. */
  async emptied(patienceMs: number): Promise<void> {
    if (this.#isEmpty) return;
    this.#empty ??= Promise.withResolvers();
    const tooLate = Promise.withResolvers<void>();
    const patience = new Alarm(tooLate.resolve).set(patienceMs);
    await Promise.race([this.#empty.promise, tooLate.promise]);
    patience.clear();
  }

  /** Those that are open. */
  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }

  get #isEmpty(): boolean {
    return this.#open.size + this.#opening.size === 0;
  }
}
