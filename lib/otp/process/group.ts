/**
 * Groups of processes whose end can be awaited.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { OwnedBy } from "./owned_by.ts";
import type { Process } from "./process.ts";

/** A set of live processes. A process is removed when it ends. */
export class ProcessGroup implements Iterable<Process> {
  readonly #members = new OwnedBy<true>(() => {
    if (this.#members.size === 0) this.#empty?.resolve();
  });
  #empty: PromiseWithResolvers<void> | undefined;

  /** Number of live processes in the group. */
  get size(): number {
    return this.#members.size;
  }

  /** Iterates over the live processes. */
  [Symbol.iterator](): Iterator<Process> {
    return this.#members.owners[Symbol.iterator]();
  }

  /** Adds `process`, until it ends. */
  add(process: Process): void {
    this.#members.set(process, true);
  }

  /** Waits until all processes have ended, and kills those that still run after `patienceMs` milliseconds. */
  async ended(patienceMs: number): Promise<void> {
    if (this.#members.size === 0) return;
    this.#empty ??= Promise.withResolvers();
    const patience = new Alarm(() => {
      for (const process of [...this.#members.owners]) process.end("killed");
    }).set(patienceMs);
    await this.#empty.promise;
    patience.clear();
    this.#empty = undefined;
  }
}
