/**
 * A rate limit: a bucket of tokens that fills over time.
 *
 * It is made for the hot path of a server: nothing is allocated, no timer runs, and the clock is only read when the
 * bucket is empty, so a well-behaved client costs a subtraction. The price is precision: a bucket that was full for a
 * while and runs empty refills at once, so after a pause up to twice the burst may pass.
 *
 * @module
 */

import { monotonicMs } from "../base/clock.ts";

/**
 * The rate at which something may happen: an average and a burst.
 *
 * @category Limits
 */
export interface RateLimit {
  /** Number of times per second, on average. `Infinity` for no limit. */
  readonly perSecond: number;
  /** Number of times at once. At least 1. */
  readonly burst: number;
}

/** For amounts of this size or more, {@linkcode TokenBucket.spend} reads the clock. */
const LARGE = 4096;

/**
 * The value for options that take a {@linkcode RateLimit}, for no limit.
 *
 * @category Limits
 */
export const UNLIMITED: RateLimit = { perSecond: Infinity, burst: Infinity };

/**
 * A token bucket that enforces a {@linkcode RateLimit}.
 *
 * @example Usage
 * ```ts
 * import { TokenBucket } from "./token_bucket.ts";
 * import { assert, assertEquals } from "@std/assert";
 *
 * let now = 0;
 * const bucket = new TokenBucket({ perSecond: 10, burst: 2 }, () => now);
 * assertEquals([1, 2, 3].map(() => bucket.take(() => now)), [true, true, false]);
 * now += 100;
 * assert(bucket.take(() => now));
 * assert(!bucket.take(() => now));
 * ```
 */
export class TokenBucket {
  readonly #rate: RateLimit;
  #tokens: number;
  #filledAtMs: number;

  /**
   * Creates a full bucket.
   *
   * @param rate The rate; see {@linkcode assertRateLimit}.
   * @param clock Returns the time in milliseconds.
   */
  constructor(rate: RateLimit, clock: () => number = monotonicMs) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAtMs = clock();
  }

  /**
   * Takes a token.
   *
   * @param clock Returns the time in milliseconds. Only called when the bucket is empty.
   * @returns Whether there was one.
   */
  take(clock: () => number = monotonicMs): boolean {
    if (this.#tokens < 1) this.#fill(clock());
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /**
   * Takes several tokens at once. One token is enough: the others are taken on credit, and no more are given until the
   * debt is paid. So a large amount passes even with a small burst. For large amounts the clock is read: for them the
   * rate is exact, and a pause does not double the burst.
   *
   * @param count The number of tokens.
   * @param clock Returns the time in milliseconds. Only called when the bucket is empty, or `count` is large.
   * @returns Whether there was one.
   */
  spend(count: number, clock: () => number = monotonicMs): boolean {
    if (this.#tokens < 1 || count >= LARGE) this.#fill(clock());
    if (this.#tokens < 1) return false;
    this.#tokens -= count;
    return true;
  }

  #fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#filledAtMs); // a clock that was given may go back
    this.#filledAtMs = nowMs;
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + elapsedMs * perSecond / 1000);
  }
}

/**
 * Checks that a rate is valid.
 *
 * @param name The name used in the error, such as `"messageRate"`.
 * @param rate The rate.
 * @throws {RangeError} If `perSecond` is not positive, or `burst` is less than 1.
 */
export function assertRateLimit(name: string, { perSecond, burst }: RateLimit): void {
  if (!(perSecond > 0)) {
    throw new RangeError(`Cannot limit rate: "${name}.perSecond" must be > 0, received ${perSecond}`);
  }
  if (!(burst >= 1)) throw new RangeError(`Cannot limit rate: "${name}.burst" must be >= 1, received ${burst}`);
}
