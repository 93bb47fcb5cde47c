/**
 * The telemetry events of the adapter for NATS.
 *
 * @module
 */

import { telemetryEvent } from "../../base/telemetry.ts";

/**
 * NATS reported an error for which nobody waits, such as a broadcast on whose subject the user of this node has no
 * right to publish.
 */
export interface NatsErrorEvent {
  /** The server. */
  readonly engine: string;
  /** What it reported. */
  readonly error: Error;
}

/** `urvogel:nats:error` */
export const natsError = telemetryEvent<NatsErrorEvent>("urvogel:nats:error");
