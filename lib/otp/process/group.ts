/**
 * Processes that somebody will want to see ended.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { OwnedBy } from "./owned_by.ts";
import type { Process } from "./process.ts";

/** Live processes; each leaves when it ends. */
export class ProcessGroup implements Iterable<Process> {
  readonly #members = new OwnedBy<true>(() => {
    if (this.#members.size === 0) this.#empty?.resolve();
  });
  #empty: PromiseWithResolvers<void> | undefined;

  /** How many are alive. */
  get size(): number {
    return this.#members.size;
  }

  /** The live ones. */
  [Symbol.iterator](): Iterator<Process> {
    return this.#members.owners[Symbol.iterator]();
  }

  /** Takes `process` in until it ends. */
  add(process: Process): void {
    this.#members.set(process, true);
  }

  /** Waits until all have ended, and ends those that have not after `patienceMs` by force. */
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
