/**
 * The events of PubSub.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { Broadcast } from "./broadcast.ts";

/**
 * A broadcast that a subscriber's format cannot carry, such as bytes for a client of protocol V1, or whose format threw
 * although nothing is wrong with the broadcast; or one that came from another node and cannot be a client's at all.
 */
export interface UndeliverableEvent {
  /** The broadcast. */
  readonly broadcast: Broadcast;
  /** Why it cannot. */
  readonly error: Error;
}

/** A broadcast was delivered on this node. */
export interface BroadcastDeliveredEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** How many connections it was written to. */
  readonly clients: number;
  /** How many processes got it as a message: those without a connection, and those that intercept the event. */
  readonly processes: number;
  /** How large its frame is, in the largest of the formats; 0 if no connection got it. */
  readonly bytes: number;
}

/** `urvogel:pubsub:broadcast` */
export const broadcastDelivered = telemetryEvent<BroadcastDeliveredEvent>("urvogel:pubsub:broadcast");
/** `urvogel:pubsub:undeliverable` */
const undeliverable = telemetryEvent<UndeliverableEvent>("urvogel:pubsub:undeliverable");

/** Emits `urvogel:pubsub:undeliverable`: subscribers went without `broadcast`. */
export function reportUndeliverable(broadcast: Broadcast, error: Error): void {
  undeliverable.emit({ broadcast, error });
}
