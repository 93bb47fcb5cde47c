/**
 * Options of a long-poll mount.
 *
 * @module
 */

import { LIMITS, type MountLimits } from "../limits/limit_set.ts";
import type { CheckOrigin } from "../security/check_origin.ts";
import type { SessionOptions } from "./session_finder.ts";

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
   * How large a message may be, in bytes; and the body of a request that carries several.
   *
   * @default {1048576}
   */
  readonly maxFrameBytes?: number;
  /**
   * How many messages one request may carry.
   *
   * @default {100}
   */
  readonly maxBatch?: number;
  /**
   * How many bytes may wait for a client that polls slowly. More close its session.
   *
   * @default {16000000}
   */
  readonly maxBufferedBytes?: number;
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
  readonly maxBatch: number;
  readonly maxBufferedBytes: number;
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
  const limits: LongPollLimits = {
    windowMs: options.windowMs ?? 10_000,
    resumeTimeoutMs: options.resumeTimeoutMs ?? 2_000,
    tokenMaxAgeMs: options.tokenMaxAgeMs ?? 1_209_600_000,
    maxFrameBytes: options.maxFrameBytes ?? defaults.maxFrameBytes,
    maxBatch: options.maxBatch ?? 100,
    maxBufferedBytes: options.maxBufferedBytes ?? defaults.maxBufferedBytes,
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
