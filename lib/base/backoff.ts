/**
 * How long to wait before the next attempt.
 *
 * @module
 */

/** Options for {@linkcode Backoff}. */
export interface BackoffOptions {
  /** The longest first delay, in milliseconds. */
  readonly firstMs: number;
  /** The longest delay, in milliseconds. */
  readonly maxMs: number;
}

/**
 * Delays that double from attempt to attempt, up to a maximum. Each is shortened by up to a half at random, so that
 * programs which failed at the same time do not all try again at the same time.
 *
 * @example Usage
 * ```ts
 * import { Backoff } from "./backoff.ts";
 * import { assert } from "@std/assert";
 *
 * const backoff = new Backoff({ firstMs: 100, maxMs: 1000 });
 * assert(backoff.nextMs() <= 100);
 * assert(backoff.nextMs() <= 200);
 * ```
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #longestMs: number;

  /** Creates a backoff whose next delay is the first. */
  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#longestMs = options.firstMs;
  }

  /** Returns the next delay, in milliseconds. */
  nextMs(): number {
    const longestMs = this.#longestMs;
    this.#longestMs = Math.min(2 * longestMs, this.#options.maxMs);
    return longestMs * (1 - Math.random() / 2);
  }

  /** Begins with the first delay again. */
  reset(): void {
    this.#longestMs = this.#options.firstMs;
  }
}
