/**
 * The connections of a mount.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import type { Connection } from "./connection.ts";
import { RestartNotice } from "./restart_notice.ts";

/** The connections that are open or about to open. Refuses new ones while draining. */
export class ConnectionSet implements Iterable<Connection> {
  readonly #notice: RestartNotice;
  readonly #onOccupied: ((isOccupied: boolean) => void) | undefined;
  readonly #open = new Set<Connection>();
  readonly #opening = new Map<Connection, () => void>();
  #draining = false;
  #empty: PromiseWithResolvers<void> | undefined;

  /**
   * Creates an empty set.
   *
   * @param notice Closes connections that open while the set drains.
   * @param onOccupied Called with `true` when a connection opens and there was none, with `false` when the last one has
   * closed.
   */
  constructor(notice: RestartNotice = new RestartNotice(), onOccupied?: (isOccupied: boolean) => void) {
    this.#notice = notice;
    this.#onOccupied = onOccupied;
  }

  /** The number of open connections. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether {@linkcode startDraining} was called. Then no new connections are accepted. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Adds a connection that is about to open.
   *
   * @param hurry Called once the set drains: it waits until the connection has opened or was given up.
   */
  expect(connection: Connection, hurry: () => void): void {
    this.#opening.set(connection, hurry);
    if (this.#draining) hurry();
  }

  /** Adds a connection that has opened; closes it if the set is draining. */
  add(connection: Connection): void {
    this.#opening.delete(connection);
    this.#open.add(connection);
    if (this.#open.size === 1) this.#onOccupied?.(true);
    if (this.#draining) this.#notice.sendAway(connection);
  }

  /** Removes `connection`. */
  delete(connection: Connection): void {
    const wasOpen = this.#open.delete(connection);
    this.#opening.delete(connection);
    if (wasOpen && this.#open.size === 0) this.#onOccupied?.(false);
    if (this.#isEmpty) this.#empty?.resolve();
  }

  /** Refuses new connections from now on. Open ones stay until they are closed. */
  startDraining(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (const hurry of this.#opening.values()) hurry();
  }

  /** Waits until no connection is open or about to open, for at most `patienceMs` milliseconds. */
  async emptied(patienceMs: number): Promise<void> {
    if (this.#isEmpty) return;
    this.#empty ??= Promise.withResolvers();
    const tooLate = Promise.withResolvers<void>();
    const patience = new Alarm(tooLate.resolve).set(patienceMs);
    await Promise.race([this.#empty.promise, tooLate.promise]);
    patience.clear();
  }

  /** Iterates over the open connections. */
  [Symbol.iterator](): IterableIterator<Connection> {
    return this.#open.values();
  }

  get #isEmpty(): boolean {
    return this.#open.size + this.#opening.size === 0;
  }
}
