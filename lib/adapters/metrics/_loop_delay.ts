/**
 * Measures how late the event loop is: how long a timer fires after its time.
 *
 * `monitorEventLoopDelay` of `node:perf_hooks` reports nothing useful in Deno 2.9.
 *
 * @module
 */

/**
 * Time between two measurements, in milliseconds. What blocks the loop may begin at any time between two of them, so the
 * delay is that much too short at worst.
 */
const PERIOD_MS = 50;

/** Measures the event loop of this thread, until disposed. It does not keep the program running. */
export class LoopDelay implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #now: () => number;
  #dueAt: number;
  #longestMs = 0;

  /**
   * Begins to measure.
   *
   * @param now Returns the time in milliseconds.
   */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#dueAt = now() + PERIOD_MS;
    this.#timer = setInterval(() => this.#tick(), PERIOD_MS);
    Deno.unrefTimer(Number(this.#timer));
  }

  /** Returns the longest delay since the last call, in milliseconds. */
  take(): number {
    const now = this.#now();
    const longestMs = Math.max(this.#longestMs, now - this.#dueAt, 0);
    this.#longestMs = 0;
    this.#dueAt = Math.max(this.#dueAt, now); // a timer that is late now counts its further delay only
    return longestMs;
  }

  /** Ends the measurement. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #tick(): void {
    const now = this.#now();
    this.#longestMs = Math.max(this.#longestMs, now - this.#dueAt);
    this.#dueAt = now + PERIOD_MS;
  }
}
