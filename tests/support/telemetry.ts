/**
 * Telemetry for tests: what was told, collected.
 *
 * @module
 */

import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** Collects the events of one name until disposed. */
export class Collected<T> implements Disposable {
  readonly events: T[] = [];
  readonly #name: string;
  readonly #listener = (event: unknown) => void this.events.push(event as T);

  /** Listens to `name`, such as `"urvogel:socket:failed"`. */
  constructor(name: string) {
    this.#name = name;
    subscribe(name, this.#listener);
  }

  [Symbol.dispose](): void {
    unsubscribe(this.#name, this.#listener);
  }
}

/** Collects what drivers threw, by message, instead of letting it be printed. */
export class Failures implements Disposable {
  readonly #collected = new Collected<{ readonly error: Error }>("urvogel:socket:failed");

  /** The messages of the errors, in order. */
  get messages(): string[] {
    return this.#collected.events.map(({ error }) => error.message);
  }

  [Symbol.dispose](): void {
    this.#collected[Symbol.dispose]();
  }
}
