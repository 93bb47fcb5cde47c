/**
 * Telemetry events of connections.
 *
 * @module
 */

import { consoleLog, type Log, type Report } from "../base/log.ts";
import type { LogFields } from "../base/log_record.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import { type ExitReason, exitReasonOf } from "../otp/process/exit_reason.ts";
import type { Frame } from "../protocol/message.ts";
import type { PeerData } from "./request/connect_info.ts";
import type { Connection } from "./connection.ts";
import type { Drop, Lane } from "./outbox.ts";

/**
 * A socket has decided whether a client may connect. Phoenix's `[:phoenix, :socket_connected]`.
 *
 * @category Telemetry and logs
 */
export interface SocketConnectedEvent {
  /** The name of the socket's class, or the path of a driver that has no class. */
  readonly socket: string;
  /** The decision; `"failed"` if it threw, or took longer than `connectTimeoutMs`. */
  readonly result: "ok" | "refused" | "failed";
  /** Why it refused the client: the argument of `refuse(...)`, with secrets hidden. Computed on read. */
  readonly reason: unknown;
  /**
   * What `Socket.id` returned for the connection; `undefined` if it has none, or if `connect` refused the client. A
   * client that is refused for `maxConnectionsPerId` has one.
   */
  readonly socketId: string | undefined;
  /** How long the decision took, in milliseconds. */
  readonly durationMs: number;
  /** `"websocket"`, `"longpoll"`. */
  readonly transport: string;
  /**
   * The version of the protocol that the client requested, exactly as sent. It is untrusted, and may be something other
   * than text.
   */
  readonly vsn: unknown;
  /** The parameters of the URL, with secrets hidden. Computed on read. */
  readonly params: unknown;
  /** The client's address, as the endpoint's `addressOf` reads it; `undefined` if it is not known. */
  readonly address: string | undefined;
  /** The other end of the TCP connection: the client, or a proxy in front of it. */
  readonly peer: PeerData | undefined;
  /** The `x-request-id` of the handshake, where a proxy sent one. */
  readonly requestId: string | undefined;
  /** `traceparent` and `tracestate`, where sent. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/**
 * A connection has ended.
 *
 * @category Transport
 */
export interface ConnectionClosedEvent {
  /** The connection. */
  readonly connection: Connection;
  /** Why it ended. */
  readonly reason: ExitReason;
  /**
   * The close code: the server's if the server closed the connection, otherwise the client's. 1005 if the client sent
   * none, 1006 if the connection broke.
   */
  readonly code: number;
  /** How long it was open, in milliseconds. */
  readonly durationMs: number;
}

/**
 * Broadcasts were dropped, because a client reads too slowly.
 *
 * @category Transport
 */
export interface DroppedEvent {
  /** The connection. */
  readonly connection: Connection;
  /** The topic of the broadcasts. */
  readonly topic: string;
  /** Which broadcasts the policy drops. */
  readonly policy: "dropOldest" | "dropNewest";
  /** The number of dropped frames. */
  readonly frames: number;
  /** Their size in bytes. */
  readonly bytes: number;
}

/**
 * A frame could not be sent, since its transport cannot carry it, such as bytes over long polling.
 *
 * @category Telemetry and logs
 */
export interface FrameUndeliverableEvent {
  /** The connection. */
  readonly connection: Connection;
  /** The frame. */
  readonly frame: Frame;
}

/**
 * A socket driver threw an error.
 *
 * @category Telemetry and logs
 */
export interface DriverFailedEvent {
  /** What it threw. */
  readonly error: Error;
  /** The connection; `undefined` if there was none yet. */
  readonly connection: Connection | undefined;
}

/** `urvogel:socket:connected` */
export const socketConnected = telemetryEvent<SocketConnectedEvent>("urvogel:socket:connected");

/** `urvogel:socket:closed` */
export const connectionClosed = telemetryEvent<ConnectionClosedEvent>("urvogel:socket:closed");

/** `urvogel:socket:undeliverable` */
export const frameUndeliverable = telemetryEvent<FrameUndeliverableEvent>("urvogel:socket:undeliverable");

const framesDropped = telemetryEvent<DroppedEvent>("urvogel:socket:dropped");

/** Publishes `urvogel:socket:dropped`, if anything was dropped from `lane`. */
export function reportDrop(connection: Connection, lane: Lane | undefined, drop: Drop | undefined): void {
  if (!drop || lane === undefined || lane.slowReader.policy === "close") return;
  framesDropped.emit({ connection, topic: lane.topic, policy: lane.slowReader.policy, ...drop });
}

const failures = telemetryEvent<DriverFailedEvent>("urvogel:socket:failed");

/** Where a failure is logged, and which client it concerns. */
export interface FailureDetails {
  /** Receives the record; the console by default. */
  readonly log?: Log | undefined;
  /** Log fields that identify the client. */
  readonly fields?: LogFields;
  /** The connection, if there is one. */
  readonly connection?: Connection;
}

/**
 * Publishes `urvogel:socket:failed`, or writes a log record if there is no listener.
 *
 * @returns The thrown value as an error.
 */
export function driverFailed(thrown: unknown, { log = consoleLog, fields = {}, connection }: FailureDetails): Error {
  const error = exitReasonOf(thrown);
  if (failures.hasListeners) failures.emit({ error, connection });
  else log.write("error", { ...fields, error }, FAILED);
  return error;
}

const FAILED: Report<LogFields> = {
  kind: "failed socket",
  describe: (fields) => ({ message: "a socket failed", fields }),
};

/**
 * A long-poll request reached another node than the one that has its session, and could not be relayed: that node is
 * down, or did not reply in time. Its client opens a new session.
 *
 * @category Telemetry and logs
 */
export interface LongPollUnrelayedEvent {
  /** The name of the node that has the session. */
  readonly node: string;
  /** Why it could not be reached. */
  readonly error: Error;
}

/** `urvogel:longpoll:unrelayed` */
export const longPollUnrelayed = telemetryEvent<LongPollUnrelayedEvent>("urvogel:longpoll:unrelayed");

/**
 * A client polled with the token of an earlier response: it did not receive the last one, whose frames it gets again.
 *
 * @category Telemetry and logs
 */
export interface LongPollRepeatedEvent {
  /** The session. */
  readonly connection: Connection;
  /** How many frames it gets again. */
  readonly frames: number;
}

/** `urvogel:longpoll:repeated` */
export const longPollRepeated = telemetryEvent<LongPollRepeatedEvent>("urvogel:longpoll:repeated");
