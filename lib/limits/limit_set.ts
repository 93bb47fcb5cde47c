/**
 * The default limits: a standard set and a strict set.
 *
 * @module
 */

import type { RateLimit } from "./token_bucket.ts";

/**
 * Limits of an endpoint, for all of its clients together; see `EndpointOptions`.
 *
 * @category Limits
 */
export interface EndpointLimits {
  /** Maximum number of connections. */
  readonly maxConnections: number;
  /** Maximum number of connections from one address. */
  readonly maxConnectionsPerAddress: number;
}

/**
 * Limits of a mount, for each of its connections; see `WebSocketOptions` and `LongPollOptions`.
 *
 * @category Limits
 */
export interface MountLimits {
  /** How long a client may be silent, in milliseconds. */
  readonly timeoutMs: number;
  /** Maximum size of a message, in bytes on the wire. */
  readonly maxFrameBytes: number;
  /** How long the handshake may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long a client may take to confirm a close, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** How many bytes may wait for a client without a time limit. */
  readonly maxBufferedBytes: number;
  /** How long a client may take to read its waiting data once that exceeds `maxBufferedBytes`, in milliseconds. */
  readonly slowReaderTimeoutMs: number;
  /** Maximum size of one post of a long-poll session, in bytes. */
  readonly maxPostBytes: number;
}

/**
 * Limits of a socket, for each of its clients; see `Socket`.
 *
 * @category Limits
 */
export interface SocketLimits {
  /** Maximum number of connections with the same id. */
  readonly maxConnectionsPerId: number;
  /** Maximum number of topics that a connection may join. */
  readonly maxChannelsPerTransport: number;
  /** Maximum number of messages that wait for one channel or join. */
  readonly maxQueuedMessages: number;
  /** Maximum memory for the waiting messages of a connection, in bytes. */
  readonly maxQueuedBytes: number;
  /** Maximum length of a topic, in bytes. */
  readonly maxTopicBytes: number;
  /** Maximum nesting of arrays and objects. */
  readonly maxNesting: number;
  /** How many messages a connection may send. */
  readonly messageRate: RateLimit;
  /** How many bytes a connection may send. */
  readonly byteRate: RateLimit;
  /** How often a connection may join. */
  readonly joinRate: RateLimit;
  /** How many messages of a connection may be refused. */
  readonly refusalRate: RateLimit;
}

/**
 * All limits that have a default value. Those of a `Channel` have none.
 *
 * @category Limits
 */
export interface LimitSet {
  /** Limits of an endpoint. */
  readonly endpoint: EndpointLimits;
  /** Limits of a mount. */
  readonly mount: MountLimits;
  /** Limits of a socket. */
  readonly socket: SocketLimits;
}

/**
 * The name of a set of {@linkcode LIMITS}, used for all options that are not set.
 *
 * @category Limits
 */
export type LimitPreset = "standard" | "strict";

const STANDARD: LimitSet = {
  endpoint: { maxConnections: Infinity, maxConnectionsPerAddress: Infinity },
  mount: {
    timeoutMs: 60_000,
    maxFrameBytes: 1_048_576,
    connectTimeoutMs: 10_000,
    closeTimeoutMs: 5_000,
    maxBufferedBytes: 16_000_000,
    slowReaderTimeoutMs: 60_000,
    maxPostBytes: 16_000_000,
  },
  socket: {
    maxConnectionsPerId: Infinity,
    maxChannelsPerTransport: 100,
    maxQueuedMessages: 10_000,
    maxQueuedBytes: 16_000_000,
    maxTopicBytes: 1024,
    maxNesting: 100,
    messageRate: { perSecond: 10_000, burst: 20_000 },
    byteRate: { perSecond: 2_000_000, burst: 8_000_000 },
    joinRate: { perSecond: 1_000, burst: 2_000 },
    refusalRate: { perSecond: 1_000, burst: 10_000 },
  },
};

/** 100 a minute. */
const OWASP_RATE: RateLimit = { perSecond: 100 / 60, burst: 100 };

/**
 * The limits by the name of their preset, for `EndpointOptions.limits`.
 *
 * `"strict"` uses the numbers of OWASP's
 * {@link https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html WebSocket Security Cheat Sheet}:
 * messages of 64 KB, 100 messages a minute (heartbeats and joins included), an idle timeout, bounds on waiting data.
 * Where the cheat sheet names no number (connections in total, for each user, for each address), and for the rates that
 * would otherwise bypass the other limits, it uses its own. If a limit is too low for an application, set that one: an
 * option, or a field of the socket, overrides the preset.
 *
 * ```ts
 * import { LIMITS } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(LIMITS.standard.mount.maxFrameBytes, 1_048_576);
 * assertEquals(LIMITS.strict.mount.maxFrameBytes, 65_536);
 * ```
 *
 * @category Limits
 */
export const LIMITS: Readonly<Record<LimitPreset, LimitSet>> = {
  standard: STANDARD,
  strict: {
    endpoint: { maxConnections: 10_000, maxConnectionsPerAddress: 100 },
    mount: { ...STANDARD.mount, maxFrameBytes: 65_536, maxBufferedBytes: 1_048_576, maxPostBytes: 1_048_576 },
    socket: {
      ...STANDARD.socket,
      maxConnectionsPerId: 10,
      maxQueuedMessages: 100,
      maxQueuedBytes: 4_000_000,
      messageRate: OWASP_RATE,
      byteRate: { perSecond: Math.ceil(65_536 * 100 / 60), burst: 1_048_576 },
      refusalRate: OWASP_RATE,
    },
  },
};

/**
 * Returns `declared` with defaults for all values that it does not set.
 *
 * @param declared Options, or a socket with its fields.
 * @param defaults The default values. Only fields with these names are read.
 */
export function withDefaults<L extends object>(declared: { readonly [K in keyof L]?: L[K] }, defaults: L): L {
  const limits = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof L)[]) {
    const value = declared[name];
    if (value !== undefined) limits[name] = value;
  }
  return limits;
}
