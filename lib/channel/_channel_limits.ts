/**
 * The limits of a channel for one client: message rate and payload size.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { PAYLOAD_TOO_LARGE, TOO_MANY_PER_SECOND } from "../protocol/error_reasons.ts";
import { PHX_JOIN } from "../protocol/events.ts";
import { assertRateLimit, type RateLimit, TokenBucket } from "../limits/token_bucket.ts";
import { jsonBytes } from "../protocol/json_bytes.ts";
import type { Excess } from "../limits/excess.ts";

/** The limits that a channel declares. */
export interface DeclaredLimits {
  readonly messageRate: RateLimit;
  readonly maxPayloadBytes: { readonly [event: string]: number };
}

/** The limits of one channel of one client. */
export class ChannelLimits {
  readonly #declared: DeclaredLimits;
  readonly #messages: TokenBucket;

  /** Use {@linkcode ChannelLimits.of}. */
  private constructor(declared: DeclaredLimits) {
    this.#declared = declared;
    this.#messages = new TokenBucket(declared.messageRate);
  }

  /**
   * The limits that a channel declares, or `undefined` if it declares none, as most do.
   *
   * @throws {RangeError} If one of them is invalid.
   */
  static of(declared: DeclaredLimits): ChannelLimits | undefined {
    const { messageRate, maxPayloadBytes } = declared;
    assertRateLimit("messageRate", messageRate);
    for (const [event, max] of Object.entries(maxPayloadBytes)) {
      if (!(max >= 0)) {
        throw new RangeError(`Cannot limit payload of ${quoted(event)}: must be >= 0 bytes, received ${max}`);
      }
    }
    const isFree = messageRate.burst === Infinity && Object.keys(maxPayloadBytes).length === 0;
    return isFree ? undefined : new ChannelLimits(declared);
  }

  /**
   * Counts a message of the client.
   *
   * @param event The event, as the client sent it.
   * @param payload The payload.
   * @param frameLength The length of the frame it came in: bytes, or characters of a text.
   * @returns The limit that it exceeds, if any.
   */
  excessOf(event: unknown, payload: unknown, frameLength: number): Excess | undefined {
    const { messageRate, maxPayloadBytes } = this.#declared;
    if (!this.#messages.take()) {
      return { limit: "messageRate", max: messageRate.perSecond, reason: TOO_MANY_PER_SECOND };
    }
    const max = maxOf(maxPayloadBytes, event);
    if (frameLength * 3 <= max) return undefined; // nearly always: no need to count
    return excessOfPayload(payload, max);
  }

  /** Returns the limit that the parameters of a join exceed, if any. */
  excessOfJoin(params: unknown): Excess | undefined {
    const max = maxOf(this.#declared.maxPayloadBytes, PHX_JOIN);
    return max === Infinity ? undefined : excessOfPayload(params, max);
  }
}

function excessOfPayload(payload: unknown, max: number): Excess | undefined {
  const found = jsonBytes(payload, max);
  return found <= max ? undefined : { limit: "maxPayloadBytes", max, found, reason: PAYLOAD_TOO_LARGE };
}

function maxOf(limits: DeclaredLimits["maxPayloadBytes"], event: unknown): number {
  const name = typeof event === "string" && Object.hasOwn(limits, event) ? event : "*";
  return Object.hasOwn(limits, name) ? limits[name]! : Infinity;
}
