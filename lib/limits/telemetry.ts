/**
 * The names of all limits, and the event for a client that reaches one.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/** The options that limit what clients may do, by name. A limit has one name: of its option, and in its event. */
export type LimitName =
  | "bodyTimeoutMs"
  | "byteRate"
  | "checkOrigin"
  | "closeTimeoutMs"
  | "connectTimeoutMs"
  | "headersTimeoutMs"
  | "joinRate"
  | "maxBufferedBytes"
  | "maxChannelsPerTransport"
  | "maxConnections"
  | "maxConnectionsPerAddress"
  | "maxConnectionsPerId"
  | "maxFrameBytes"
  | "maxHeaderBytes"
  | "maxNesting"
  | "maxPayloadBytes"
  | "maxPostBytes"
  | "maxQueuedBytes"
  | "maxQueuedMessages"
  | "maxRequests"
  | "maxTopicBytes"
  | "messageRate"
  | "refreshRate"
  | "refusalRate"
  | "requestTimeoutMs"
  | "shutdownMs"
  | "timeoutMs"
  | "windowMs";

/** A client has reached a limit. `C` is its connection: a `Connection`, which this room knows nothing of. */
export interface LimitHitEvent<C = unknown> {
  /** The option. */
  readonly limit: LimitName;
  /** What it says; of a rate, how many a second. `undefined` where it is no number. */
  readonly max: number | undefined;
  /** What was found, where that was counted; it may be even more, where counting stopped at the limit. */
  readonly found: number | undefined;
  /** Whose limit it was; `undefined` during the handshake. */
  readonly connection: C | undefined;
  /** The client's address, during the handshake, where it is known. */
  readonly address: string | undefined;
  /** The socket's id, during the handshake, for `maxConnectionsPerId`. */
  readonly id: string | undefined;
  /** The topic, where there is one, as the client wrote it: text from outside, which belongs escaped into a log. */
  readonly topic: unknown;
  /** The page's origin, where that was refused, as the client wrote it: text from outside. */
  readonly origin: string | undefined;
  /** What `origin` was compared with. */
  readonly host: string | undefined;
}

const limitsHit = telemetryEvent<LimitHitEvent>("urvogel:limit:hit");

/** What is known of a limit that was hit. */
export interface LimitDetails {
  readonly max?: number;
  readonly found?: number;
  readonly connection?: object;
  readonly address?: string | undefined;
  readonly id?: string | undefined;
  readonly topic?: unknown;
  readonly origin?: string;
  readonly host?: string;
}

/** `urvogel:limit:hit` */
export function limitHit(limit: LimitName, details: LimitDetails): void {
  const { max, found, connection, address, id, topic, origin, host } = details;
  limitsHit.emit({ limit, max, found, connection, address, id, topic, origin, host });
}
