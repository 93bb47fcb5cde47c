/**
 * How fast one client talks, against what its socket allows.
 *
 * @module
 */

import { assertRateLimit, type RateLimit, TokenBucket } from "../security/token_bucket.ts";

/** What a socket allows each of its clients. */
export interface RateLimits {
  /** See `Socket`. */
  readonly messageRate: RateLimit;
  /** See `Socket`. */
  readonly joinRate: RateLimit;
  /** See `Socket`. */
  readonly refusalRate: RateLimit;
}

/**
 * Refuses limits that nothing could keep to.
 *
 * @throws {RangeError} If one of them makes no sense.
 */
export function assertRateLimits({ messageRate, joinRate, refusalRate }: RateLimits): void {
  assertRateLimit("messageRate", messageRate);
  assertRateLimit("joinRate", joinRate);
  assertRateLimit("refusalRate", refusalRate);
}

/** The buckets of one connection. Most connections are never refused anything, and need two. */
export class ClientRates {
  readonly messages: TokenBucket;
  readonly joins: TokenBucket;
  readonly #limits: RateLimits;
  #refusals: TokenBucket | undefined;

  /** Creates full buckets. */
  constructor(limits: RateLimits) {
    this.#limits = limits;
    this.messages = new TokenBucket(limits.messageRate);
    this.joins = new TokenBucket(limits.joinRate);
  }

  /** What may be refused before the client is taken for a flood. */
  get refusals(): TokenBucket {
    return this.#refusals ??= new TokenBucket(this.#limits.refusalRate);
  }
}
