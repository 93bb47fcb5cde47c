/**
 * What connections tell those who listen.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { ExitReason } from "../otp/exit_reason.ts";
import type { Frame } from "../protocol/message.ts";
import type { Connection } from "./connection.ts";

/** A connection is over. */
export interface ConnectionClosedEvent {
  /** The connection. */
  readonly connection: Connection;
  /** Why. */
  readonly reason: ExitReason;
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

/** `urvogel:socket:closed` */
export const connectionClosed = telemetryEvent<ConnectionClosedEvent>("urvogel:socket:closed");

/** `urvogel:socket:undeliverable` */
export const frameUndeliverable = telemetryEvent<FrameUndeliverableEvent>("urvogel:socket:undeliverable");

const failures = telemetryEvent<DriverFailedEvent>("urvogel:socket:failed");

/** `urvogel:socket:failed`, or the console if nobody listens. */
export function driverFailed(error: Error): void {
  if (failures.hasListeners) failures.emit({ error });
  else console.error("[urvogel] a socket failed:", error);
}
