/**
 * The limits that hold where nothing else is said: the standard ones, and a strict set.
 *
 * @module
 */

import type { RateLimit } from "./token_bucket.ts";

/** What an endpoint allows all of its clients together; see `EndpointOptions`. */
export interface EndpointLimits {
  /** How many connections there may be. */
  readonly maxConnections: number;
  /** How many connections one address may have. */
  readonly maxConnectionsPerAddress: number;
}

/** What a mount allows each of its connections; see `WebSocketOptions` and `LongPollOptions`. */
export interface MountLimits {
  /** How long a client may be silent, in milliseconds. */
  readonly timeoutMs: number;
  /** How large a message may be, in bytes on the wire. */
  readonly maxFrameBytes: number;
  /** How long the handshake may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long a client may take to answer a close, in milliseconds. */
  readonly closeTimeoutMs: number;
  /** How many bytes may wait for a client for as long as it takes. */
  readonly maxBufferedBytes: number;
  /** How long a client may take to read what waits for it once more than that wait, in milliseconds. */
  readonly slowReaderTimeoutMs: number;
  /** How many bytes a long-poll session may post at a time. */
  readonly maxPostBytes: number;
}

/** What a socket allows each of its clients; see `Socket`. */
export interface SocketLimits {
  /** How many connections may have the same id. */
  readonly maxConnectionsPerId: number;
  /** How many topics a connection may have joined. */
  readonly maxChannelsPerTransport: number;
  /** How many messages may wait for one channel or join. */
  readonly maxQueuedMessages: number;
  /** How much memory the messages of a connection may take, in bytes. */
  readonly maxQueuedBytes: number;
  /** How long a topic may be, in bytes. */
  readonly maxTopicBytes: number;
  /** How deep arrays and objects may be nested. */
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

/** All limits that have a value by default. Those of a `Channel` have none. */
export interface LimitSet {
  /** Of an endpoint. */
  readonly endpoint: EndpointLimits;
  /** Of a mount. */
  readonly mount: MountLimits;
  /** Of a socket. */
  readonly socket: SocketLimits;
}

/** Which of the {@linkcode LIMITS} hold where an option says nothing. */
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
 * `"strict"` has the numbers of OWASP's
 * {@link https://cheatsheetseries.owasp.org/cheatsheets/WebSocket_Security_Cheat_Sheet.html WebSocket Security Cheat Sheet}:
 * messages of 64 KB, 100 messages a minute (heartbeats and joins included), an idle timeout, bounds on what waits. For
 * what the cheat sheet wants limited without a number (connections in total, for each user, for each address), and for
 * the rates that would undo the others, it has numbers of its own. Where a limit is too low for an application, set that
 * one: an option, or a field of the socket, goes before the preset.
 *
 * ```ts
 * import { LIMITS } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(LIMITS.standard.mount.maxFrameBytes, 1_048_576);
 * assertEquals(LIMITS.strict.mount.maxFrameBytes, 65_536);
 * ```
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
 * Fills in what `declared` leaves open.
 *
 * @param declared Options, or a socket with its fields.
 * @param defaults What holds otherwise; its names are those that are looked at.
 */
export function withDefaults<L extends object>(declared: { readonly [K in keyof L]?: L[K] }, defaults: L): L {
  const limits = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof L)[]) {
    const value = declared[name];
    if (value !== undefined) limits[name] = value;
  }
  return limits;
}
