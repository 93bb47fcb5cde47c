/**
 * What an endpoint tells those who listen.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/** A batch of connections was told to go, since the endpoint shuts down. */
export interface EndpointDrainEvent {
  /** How many connections are in this batch. */
  readonly count: number;
  /** How many are in all batches. */
  readonly total: number;
  /** Which batch it is, from 1 on. */
  readonly batch: number;
}

/** `urvogel:endpoint:drain` */
export const endpointDrain = telemetryEvent<EndpointDrainEvent>("urvogel:endpoint:drain");
