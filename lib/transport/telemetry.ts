/**
 * What connections tell those who listen.
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

/** A socket has decided about a client that wants in. Phoenix's `[:phoenix, :socket_connected]`. */
export interface SocketConnectedEvent {
  /** The socket: its class, or the path of a driver that has none. */
  readonly socket: string;
  /** What it decided; `"failed"` if it threw. */
  readonly result: "ok" | "refused" | "failed";
  /** Why it refused the client: what `refuse(...)` was given, with secrets hidden. Made when looked at. */
  readonly reason: unknown;
  /**
   * What `Socket.id` returned for the connection; `undefined` where it has none, or `connect` refused it. A client that is
   * refused for `maxConnectionsPerId` has one.
   */
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
  /** Whose connection it was; `undefined` where there was none yet. */
  readonly connection: Connection | undefined;
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

const failures = telemetryEvent<DriverFailedEvent>("urvogel:socket:failed");

/** Where a failure is logged, and whom it is about. */
export interface FailureDetails {
  /** Receives the record; the console by default. */
  readonly log?: Log | undefined;
  /** What the record says of the client. */
  readonly fields?: LogFields;
  /** The connection, where there is one. */
  readonly connection?: Connection;
}

/**
 * `urvogel:socket:failed`, or a record in the log if nobody listens.
 *
 * @returns What was thrown, as an error.
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
