/**
 * What connections tell those who listen.
 *
 * @module
 */

import { consoleLog, type Report } from "../base/log.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import { type ExitReason, exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Frame } from "../protocol/message.ts";
import type { PeerData } from "./request/connect_info.ts";
import type { Connection } from "./connection.ts";
import type { Drop, Lane } from "./outbox.ts";

/** A socket has decided about a client that wants in. Phoenix's `[:phoenix, :socket_connected]`. */
export interface SocketConnectedEvent {
  /** The socket: its class, or the path of a driver that has none. */
  readonly socket: string;
  /** What it decided; `"failed"` if it threw. */
  readonly result: "ok" | "refused" | "failed";
  /** Why it refused the client: what `refuse(...)` was given, with secrets hidden. Made when looked at. */
  readonly reason: unknown;
  /** What `Socket.id` returned for the connection; `undefined` where it has none. */
  readonly socketId: string | undefined;
  /** How long that took, in milliseconds. */
  readonly durationMs: number;
  /** `"websocket"`, `"longpoll"`. */
  readonly transport: string;
  /** The version of the protocol that the client asked for, as it wrote it: text from outside, if it is text. */
  readonly vsn: unknown;
  /** The parameters of the URL, with secrets hidden. Made when looked at. */
  readonly params: unknown;
  /** The address of the client, or of the proxy before it. */
  readonly peer: PeerData | undefined;
  /** `traceparent` and `tracestate`, where sent. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/** A connection is over. */
export interface ConnectionClosedEvent {
  /** The connection. */
  readonly connection: Connection;
  /** Why. */
  readonly reason: ExitReason;
  /**
   * The close code: the server's own if it closed the connection, else the client's. 1005 if a client gave none, 1006 if
   * the connection broke.
   */
  readonly code: number;
}

/** Broadcasts were dropped, because a client reads too slowly. */
export interface DroppedEvent {
  /** The connection. */
  readonly connection: Connection;
  /** The topic whose broadcasts they were. */
  readonly topic: string;
  /** Which of them were dropped. */
  readonly policy: "dropOldest" | "dropNewest";
  /** How many. */
  readonly frames: number;
  /** How many bytes they had. */
  readonly bytes: number;
}

/** The options that limit what clients may do, by name. */
export type LimitName =
  | "bodyTimeoutMs"
  | "byteRate"
  | "checkOrigin"
  | "closeTimeoutMs"
  | "connectTimeoutMs"
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

/** A client has come up against a limit. */
export interface LimitHitEvent {
  /** The option. */
  readonly limit: LimitName;
  /** What it says; of a rate, how many a second. `undefined` where it is no number. */
  readonly max: number | undefined;
  /** What was found, where that was counted; it may be even more, where counting stopped at the limit. */
  readonly found: number | undefined;
  /** Whose limit it was; `undefined` during the handshake. */
  readonly connection: Connection | undefined;
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

/** A frame that its transport has no way to carry, such as bytes for a client that polls. */
export interface FrameUndeliverableEvent {
  /** The connection. */
  readonly connection: Connection;
  /** The frame. */
  readonly frame: Frame;
}

/** A driver threw. */
export interface DriverFailedEvent {
  /** What. */
  readonly error: Error;
}

/** `urvogel:socket:connected` */
export const socketConnected = telemetryEvent<SocketConnectedEvent>("urvogel:socket:connected");

/** `urvogel:socket:closed` */
export const connectionClosed = telemetryEvent<ConnectionClosedEvent>("urvogel:socket:closed");

/** `urvogel:socket:undeliverable` */
export const frameUndeliverable = telemetryEvent<FrameUndeliverableEvent>("urvogel:socket:undeliverable");

const framesDropped = telemetryEvent<DroppedEvent>("urvogel:socket:dropped");

/** `urvogel:socket:dropped`, if anything was dropped from `lane`. */
export function reportDrop(connection: Connection, lane: Lane | undefined, drop: Drop | undefined): void {
  if (!drop || lane === undefined || lane.slowReader.policy === "close") return;
  framesDropped.emit({ connection, topic: lane.topic, policy: lane.slowReader.policy, ...drop });
}

const limitsHit = telemetryEvent<LimitHitEvent>("urvogel:limit:hit");

/** What is known of a limit that was hit. */
export interface LimitDetails {
  readonly max?: number;
  readonly found?: number;
  readonly connection?: Connection;
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

const failures = telemetryEvent<DriverFailedEvent>("urvogel:socket:failed");

const FAILED: Report<DriverFailedEvent> = {
  kind: "failed socket",
  describe: ({ error }) => ({ message: "a socket failed", fields: { error } }),
};

/** `urvogel:socket:failed`, or the console if nobody listens. Returns what was thrown, as an error. */
export function driverFailed(thrown: unknown): Error {
  const error = exitReasonOf(thrown);
  if (failures.hasListeners) failures.emit({ error });
  else consoleLog.write("error", { error }, FAILED);
  return error;
}
