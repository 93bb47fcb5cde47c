/**
 * Options of a long-poll mount.
 *
 * @module
 */

import { LIMITS, type MountLimits } from "../../limits/limit_set.ts";
import type { CheckOrigin } from "../../security/check_origin.ts";
import type { SessionOptions } from "../request/session_finder.ts";

/** Options for long polling at one mount point. */
export interface LongPollOptions extends SessionOptions {
  /**
   * What follows the mount's path. May hold path parameters.
   *
   * @default {"/longpoll"}
   */
  readonly path?: string;
  /**
   * How long a poll waits for something to come, in milliseconds. A session that has not been polled for one and a half
   * times as long is over.
   *
   * @default {10000}
   */
  readonly windowMs?: number;
  /**
   * How long a request looks for a session that is not here, in milliseconds, before its client is told that it is gone.
   * Phoenix's `pubsub_timeout_ms`.
   *
   * @default {2000}
   */
  readonly resumeTimeoutMs?: number;
  /**
   * How long a session's token is good, in milliseconds.
   *
   * @default {1209600000}
   */
  readonly tokenMaxAgeMs?: number;
  /**
   * How large a message may be, in bytes. A request with a larger one is answered with status 413.
   *
   * @default {1048576}
   */
  readonly maxFrameBytes?: number;
  /**
   * How many bytes a session may post at a time: all requests together that are under way, each of which may carry
   * several messages. A request that is larger is answered with status 413, one for which there is no room beside others
   * with 429.
   *
   * @default {16000000, or twice maxFrameBytes if that is more}
   */
  readonly maxPostBytes?: number;
  /**
   * How long the body of a request may take to arrive, in milliseconds, before it is answered with status 408.
   *
   * @default {30000}
   */
  readonly bodyTimeoutMs?: number;
  /**
   * How many polls of a session may wait at the same time, and how many of its posts may be under way. A client needs one
   * of each. One more poll ends the oldest with status 429, one more post is answered with it.
   *
   * @default {16}
   */
  readonly maxRequests?: number;
  /**
   * How many bytes of messages one poll takes along; one message always fits. The next poll gets the rest.
   *
   * @default {1048576}
   */
  readonly maxPollBytes?: number;
  /**
   * How many bytes may wait for a client for as long as it takes. A client for whom more wait has to fetch them within
   * {@linkcode slowReaderTimeoutMs}, or its session ends. A client that keeps polling gets all of it, however much the
   * server sends at once.
   *
   * @default {16000000}
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long a client may take, in milliseconds, to fetch what waits for it once more than {@linkcode maxBufferedBytes}
   * wait. One that fetches nothing at all loses its session earlier: after a second if it does not poll.
   *
   * @default {60000}
   */
  readonly slowReaderTimeoutMs?: number;
  /**
   * How long `connect` may take, in milliseconds.
   *
   * @default {10000}
   */
  readonly connectTimeoutMs?: number;
  /**
   * Which web pages may connect.
   *
   * @default {the endpoint's}
   */
  readonly checkOrigin?: CheckOrigin;
  /**
   * Takes a token from the header `X-Phoenix-AuthToken` into `info.authToken`: phoenix.js's `authToken`.
   *
   * @default {false}
   */
  readonly authToken?: boolean;
}

/** The limits of a mount, checked. */
export interface LongPollLimits {
  readonly windowMs: number;
  readonly resumeTimeoutMs: number;
  readonly tokenMaxAgeMs: number;
  readonly maxFrameBytes: number;
  readonly maxPostBytes: number;
  readonly bodyTimeoutMs: number;
  readonly maxRequests: number;
  readonly maxPollBytes: number;
  readonly maxBufferedBytes: number;
  readonly slowReaderTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/**
 * Fills in the defaults.
 *
 * @throws {RangeError} If a limit makes no sense.
 */
export function longPollLimits(
  options: LongPollOptions,
  defaults: MountLimits = LIMITS.standard.mount,
): LongPollLimits {
  const maxFrameBytes = options.maxFrameBytes ?? defaults.maxFrameBytes;
  const limits: LongPollLimits = {
    windowMs: options.windowMs ?? 10_000,
    resumeTimeoutMs: options.resumeTimeoutMs ?? 2_000,
    tokenMaxAgeMs: options.tokenMaxAgeMs ?? 1_209_600_000,
    maxFrameBytes,
    maxPostBytes: options.maxPostBytes ?? Math.max(defaults.maxPostBytes, 2 * maxFrameBytes),
    bodyTimeoutMs: options.bodyTimeoutMs ?? 30_000,
    maxRequests: options.maxRequests ?? 16,
    maxPollBytes: options.maxPollBytes ?? 1_048_576,
    maxBufferedBytes: options.maxBufferedBytes ?? defaults.maxBufferedBytes,
    slowReaderTimeoutMs: options.slowReaderTimeoutMs ?? defaults.slowReaderTimeoutMs,
    connectTimeoutMs: options.connectTimeoutMs ?? defaults.connectTimeoutMs,
  };
  for (const [name, value] of Object.entries(limits)) {
    const least = name === "resumeTimeoutMs" ? 0 : Number.MIN_VALUE;
    if (!(value >= least)) {
      throw new RangeError(
        `Cannot accept long polls: "${name}" must be ${least === 0 ? ">= 0" : "> 0"}, received ${value}`,
      );
    }
  }
  return limits;
}
