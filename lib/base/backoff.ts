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
  #attempts = 0;

  /** Creates a backoff whose next delay is the first. */
  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Returns the next delay, in milliseconds. */
  nextMs(): number {
    return delayMs(this.#options, ++this.#attempts);
  }

  /** Begins with the first delay again. */
  reset(): void {
    this.#attempts = 0;
  }
}

/**
 * Returns the delay after one attempt, in milliseconds, for callers that count attempts themselves.
 *
 * @param options The first and the longest delay.
 * @param attempt The number of the attempt that failed, starting at 1.
 */
export function delayMs({ firstMs, maxMs }: BackoffOptions, attempt: number): number {
  return Math.min(firstMs * 2 ** (attempt - 1), maxMs) * (0.5 + Math.random() / 2);
}
