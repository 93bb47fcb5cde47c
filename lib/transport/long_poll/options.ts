/**
 * Options of a long-poll mount.
 *
 * @module
 */

import { LIMITS, type MountLimits } from "../../limits/limit_set.ts";
import type { CheckOrigin } from "../../security/check_origin.ts";
import type { SessionOptions } from "../request/session_finder.ts";

/**
 * Options for long polling at one mount point.
 *
 * @category Transport
 */
export interface LongPollOptions extends SessionOptions {
  /**
   * The path behind the mount's path. May contain path parameters.
   *
   * @default {"/longpoll"}
   */
  readonly path?: string;
  /**
   * How long a poll waits for messages, in milliseconds. A session that is not polled for one and a half times as long
   * ends.
   *
   * @default {10000}
   */
  readonly windowMs?: number;
  /**
   * How long a request waits for an unknown session, in milliseconds, before the client gets the response that the
   * session is gone. Phoenix's `pubsub_timeout_ms`.
   *
   * @default {2000}
   */
  readonly resumeTimeoutMs?: number;
  /**
   * How long a session's token is valid, in milliseconds.
   *
   * @default {1209600000}
   */
  readonly tokenMaxAgeMs?: number;
  /**
   * Maximum size of a message, in bytes. A request with a larger one gets status 413.
   *
   * @default {1048576}
   */
  readonly maxFrameBytes?: number;
  /**
   * Maximum number of bytes that a session may post at a time: the sum of all requests in progress, each of which may
   * carry several messages. A larger request gets status 413, one that exceeds the limit together with others gets 429.
   *
   * @default {16000000, or twice maxFrameBytes if that is more}
   */
  readonly maxPostBytes?: number;
  /**
   * How long the body of a request may take to arrive, in milliseconds. After that the request gets status 408.
   *
   * @default {30000}
   */
  readonly bodyTimeoutMs?: number;
  /**
   * Maximum number of polls of a session that wait at the same time, and of posts in progress. A client needs one of
   * each. One more poll ends the oldest with status 429; one more post gets status 429 itself.
   *
   * @default {16}
   */
  readonly maxRequests?: number;
  /**
   * Maximum number of bytes of messages in the response to one poll; one message always fits. The next poll gets the
   * rest.
   *
   * @default {1048576}
   */
  readonly maxPollBytes?: number;
  /**
   * How many bytes may wait for a client without a time limit. If more wait, the client has to fetch them within
   * {@linkcode LongPollOptions.slowReaderTimeoutMs | slowReaderTimeoutMs}, or its session ends. A client that keeps
   * polling gets all of it, however much the server sends at once.
   *
   * @default {16000000}
   */
  readonly maxBufferedBytes?: number;
  /**
   * How long a client may take, in milliseconds, to fetch what waits for it once more than
   * {@linkcode LongPollOptions.maxBufferedBytes | maxBufferedBytes} wait. The session of a client that fetches nothing
   * ends earlier: after a second if it does not poll.
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
   * Whether `info.authToken` is read from the header `X-Phoenix-AuthToken`, which phoenix.js sends for its option
   * `authToken`.
   *
   * @default {false}
   */
  readonly authToken?: boolean;
}

/** The checked limits of a mount. */
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
 * Fills in the defaults of the limits.
 *
 * @throws {RangeError} If a limit is out of range.
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
