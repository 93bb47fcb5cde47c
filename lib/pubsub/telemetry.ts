/**
 * The telemetry events of PubSub.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { Broadcast } from "./broadcast.ts";

/**
 * A broadcast could not be delivered to some subscribers. Their format cannot carry it, such as bytes for a client of
 * protocol V1, or threw although the broadcast is valid; or it came from another node and no client could receive it.
 *
 * @category PubSub
 */
export interface UndeliverableEvent {
  /** The broadcast. */
  readonly broadcast: Broadcast;
  /** Why it could not be delivered. */
  readonly error: Error;
}

/**
 * A broadcast was delivered on this node.
 *
 * @category Telemetry and logs
 */
export interface BroadcastDeliveredEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** The number of connections it was written to. */
  readonly clients: number;
  /**
   * The number of processes that received it as a message: those without a connection, and those that intercept the
   * event.
   */
  readonly processes: number;
  /** The size of its frame in bytes, in the largest of the formats; 0 if no connection received it. */
  readonly bytes: number;
}

/** `urvogel:pubsub:broadcast` */
export const broadcastDelivered = telemetryEvent<BroadcastDeliveredEvent>("urvogel:pubsub:broadcast");
/** `urvogel:pubsub:undeliverable` */
const undeliverable = telemetryEvent<UndeliverableEvent>("urvogel:pubsub:undeliverable");

/** Emits `urvogel:pubsub:undeliverable`: subscribers did not receive `broadcast`. */
export function reportUndeliverable(broadcast: Broadcast, error: Error): void {
  undeliverable.emit({ broadcast, error });
}

/**
 * The connection of a node with the bus was lost, or is back.
 *
 * @category Telemetry and logs
 */
export interface BusStatusEvent {
  /** The name of this node. */
  readonly node: string;
  /** Whether it can send and receive now. */
  readonly status: "up" | "down";
  /** Why it is down. */
  readonly error: Error | undefined;
}

/**
 * Messages of another node are known to have been lost.
 *
 * @category Telemetry and logs
 */
export interface BusGapEvent {
  /** The name of this node. */
  readonly node: string;
  /** The node that sent them. */
  readonly from: string;
  /** How many. */
  readonly missing: number;
}

/**
 * Something came from the bus that no node of this version sends. It was ignored.
 *
 * @category Telemetry and logs
 */
export interface BusMalformedEvent {
  /** The name of this node. */
  readonly node: string;
  /** Its size. */
  readonly bytes: number;
  /** What is wrong with it. */
  readonly error: Error;
}

/**
 * The connection with the bus was lost, and nobody knows whether the last broadcasts of this node have arrived at the
 * others. `broadcast` had returned.
 *
 * @category Telemetry and logs
 */
export interface BusUnconfirmedEvent {
  /** The name of this node. */
  readonly node: string;
  /** How many. */
  readonly count: number;
  /** Why the connection was lost. */
  readonly error: Error;
}

/** `urvogel:bus:status` */
export const busStatus = telemetryEvent<BusStatusEvent>("urvogel:bus:status");
/** `urvogel:bus:gap` */
export const busGap = telemetryEvent<BusGapEvent>("urvogel:bus:gap");
/** `urvogel:bus:malformed` */
export const busMalformed = telemetryEvent<BusMalformedEvent>("urvogel:bus:malformed");
/** `urvogel:bus:unconfirmed` */
export const busUnconfirmed = telemetryEvent<BusUnconfirmedEvent>("urvogel:bus:unconfirmed");
