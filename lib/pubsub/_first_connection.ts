/**
 * The first connection of a node with the bus, which a program may wait for before it serves.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import type { BusSettings } from "./bus_options.ts";
import { BusDownError, type BusSetupError } from "./errors.ts";

/** Settles once: connected, refused for good, not connected in time, or stopped before. */
export class FirstConnection {
  /** See `PubSub.ready`. A rejection that nothing handles ends the program. */
  readonly settled: Promise<void>;
  /**
   * Resolves when there is a connection, or `settled` settles without one. It is never rejected, so what waits for it
   * does not handle the rejection of `settled`.
   */
  readonly tried: Promise<void>;
  readonly #done = Promise.withResolvers<void>();
  readonly #tried = Promise.withResolvers<void>();
  readonly #patience: Alarm;
  #isOver = false;

  /**
   * Begins to wait.
   *
   * @param why Returns why the bus is down, if that is known.
   */
  constructor(
    { requireBus, connectTimeoutMs }: Pick<BusSettings, "requireBus" | "connectTimeoutMs">,
    why: () => Error | undefined,
  ) {
    this.settled = this.#done.promise;
    this.tried = this.#tried.promise;
    this.#patience = new Alarm(() => {
      this.#end();
      if (requireBus) this.#done.reject(new BusDownError(`connect within ${connectTimeoutMs} ms`, { cause: why() }));
      else this.#done.resolve();
    }).set(connectTimeoutMs);
  }

  /**
   * The node can send and receive.
   *
   * @param prepared What else a program waits for, if anything.
   */
  connected(prepared: Promise<void> | undefined): void {
    this.#end();
    // Not `resolve(prepared)`: until then it may still be abandoned.
    if (prepared) prepared.then(this.#done.resolve, this.#done.reject);
    else this.#done.resolve();
  }

  /**
   * The bus cannot be used, and no retry will help.
   *
   * @returns Whether that settles it. Otherwise the program goes on, and does not learn of it by `settled`.
   */
  refused(error: BusSetupError): boolean {
    if (this.#isOver) return false;
    this.#end();
    this.#done.reject(error);
    return true;
  }

  /** The PubSub was stopped. That is no failure of the program, so the rejection does not end it. */
  abandon(): void {
    this.#end();
    this.settled.catch(() => {});
    this.#done.reject(new Error("Cannot connect with the bus: the PubSub was stopped"));
  }

  #end(): void {
    this.#isOver = true;
    this.#patience.clear();
    this.#tried.resolve();
  }
}
