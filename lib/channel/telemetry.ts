/**
 * What sockets and channels tell those who listen.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/** A client sent something that is no message. */
export interface MalformedFrameEvent {
  /** What was wrong with it. */
  readonly error: Error;
}

/** `urvogel:socket:malformed_frame` */
export const malformedFrame = telemetryEvent<MalformedFrameEvent>("urvogel:socket:malformed_frame");
