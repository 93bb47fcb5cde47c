/**
 * Measures how long servers spend in their handlers, while somebody watches.
 *
 * Nobody watches most of the time. Then a server has no clock, and handling a message costs nothing more.
 *
 * @module
 */

import { Process } from "../process/process.ts";
import type { HandlerTimes } from "./handler_times.ts";

/** What stands for the start of a handler while none runs. A number: an `undefined` now and then costs memory. */
const IDLE = -Infinity;

/** Measures the handlers of one server. */
export class HandlerClock {
  #handled = 0;
  #totalMs = 0;
  #longestMs = 0;
  #longestBlockMs = 0;
  #startedAt = IDLE;
  #hasPaused = false;

  /** A handler begins. */
  begin(): void {
    this.#startedAt = performance.now();
    this.#hasPaused = false;
  }

  /** A handler began at some time of `performance.now()`, and waits since then. */
  waitsSince(startedAt: number): void {
    this.#startedAt = startedAt;
    this.#hasPaused = true;
  }

  /** What began is not to be counted. */
  stop(): void {
    this.#startedAt = IDLE;
  }

  /** The handler has returned: it waits for a promise, or is done already. */
  returned(): void {
    if (this.#startedAt === IDLE || this.#hasPaused) return;
    this.#hasPaused = true;
    this.#blocked(performance.now() - this.#startedAt);
  }

  /** The handler is done. */
  end(): void {
    if (this.#startedAt === IDLE) return; // it began before the watch
    const tookMs = performance.now() - this.#startedAt;
    this.#startedAt = IDLE;
    this.#handled++;
    this.#totalMs += tookMs;
    if (tookMs > this.#longestMs) this.#longestMs = tookMs;
    if (!this.#hasPaused) this.#blocked(tookMs);
  }

  /** What was measured so far. */
  get times(): HandlerTimes {
    const runningMs = this.#startedAt === IDLE ? undefined : performance.now() - this.#startedAt;
    return {
      handled: this.#handled,
      totalMs: this.#totalMs,
      longestMs: this.#longestMs,
      longestBlockMs: this.#longestBlockMs,
      runningMs,
    };
  }

  #blocked(milliseconds: number): void {
    if (milliseconds > this.#longestBlockMs) this.#longestBlockMs = milliseconds;
  }
}

/** A process whose handlers can be measured. */
export interface Measurable {
  /** Begins to measure for one more watcher, or ends it for one. */
  measureHandlers(on: boolean): void;
}

/** The watch of this thread: it is on while somebody watches. */
class HandlerWatch {
  #watchers = 0;

  /** Whether servers that start now are to be measured. */
  get isOn(): boolean {
    return this.#watchers > 0;
  }

  /** Measures all servers of this thread, those that start later too, until the result is disposed. */
  watch(): Disposable {
    if (++this.#watchers === 1) measureAll(true);
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      if (--this.#watchers === 0) measureAll(false);
    };
    return { [Symbol.dispose]: end };
  }
}

/** The watch of this thread. */
export const handlerWatch: HandlerWatch = new HandlerWatch();

function measureAll(on: boolean): void {
  for (const process of Process.list()) {
    if ("measureHandlers" in process) (process as unknown as Measurable).measureHandlers(on);
  }
}
