/**
 * Something that runs while somebody asks for it, and for a while after.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";

/** How long something runs after it was last asked for. */
const LEASE_MS = 15_000;

/** Starts something with the first use, and ends it when it was not used for 15 seconds. */
export class Lease<T extends Disposable> implements Disposable {
  readonly #start: () => T;
  readonly #alarm = new Alarm(() => this[Symbol.dispose]());
  #held: T | undefined;

  /** Creates a lease of what `start` starts. */
  constructor(start: () => T) {
    this.#start = start;
  }

  /** Whether it runs. */
  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  /** Returns what runs, after starting it if needed, and extends its time. */
  use(): T {
    this.#alarm.set(LEASE_MS);
    return this.#held ??= this.#start();
  }

  /** Ends what runs. It may be used again. */
  [Symbol.dispose](): void {
    this.#alarm.clear();
    this.#held?.[Symbol.dispose]();
    this.#held = undefined;
  }
}
