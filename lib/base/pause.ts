/**
 * Waiting for a time to pass, on the shared timer wheel, or for a turn of the event loop.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Alarm } from "./alarm.ts";

/** Waits for `delayMs` milliseconds. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => new Alarm(resolve).set(delayMs));
}

/** Waits for one turn of the event loop, so that everything else that is ready can run. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A group of pauses that can be ended together. */
export class Pauses {
  readonly #waiting = new Set<() => void>();
  #ended = false;

  /** Waits for `delayMs` milliseconds, or until {@linkcode end}. */
  async pause(delayMs: number): Promise<void> {
    if (this.#ended) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const alarm = new Alarm(resolve).set(delayMs);
    this.#waiting.add(resolve);
    await promise;
    alarm.clear();
    this.#waiting.delete(resolve);
  }

  /** Ends all pauses; later ones end at once. */
  end(): void {
    this.#ended = true;
    for (const resolve of this.#waiting) resolve();
  }
}
