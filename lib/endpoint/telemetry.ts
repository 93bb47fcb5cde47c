/**
 * Telemetry events of an endpoint.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/**
 * A batch of connections was closed, since the endpoint shuts down.
 *
 * @category Endpoint
 */
export interface EndpointDrainEvent {
  /** The number of connections in this batch. */
  readonly count: number;
  /** The number of connections in all batches. */
  readonly total: number;
  /** The number of the batch, starting at 1. */
  readonly batch: number;
}

/** `urvogel:endpoint:drain` */
export const endpointDrain = telemetryEvent<EndpointDrainEvent>("urvogel:endpoint:drain");
