/**
 * The telemetry events of PubSub.
 *
 * @module
 */

import type { Described, Log } from "../base/log.ts";
import { isInstance } from "../base/foreign.ts";
import { oneLine, quoted } from "../base/printable.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import type { Broadcast } from "./broadcast.ts";
import { BusSetupError } from "./errors.ts";

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
  /** The payload as it was broadcast: nothing is hidden in it, so do not log it as it is. */
  readonly payload: unknown;
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
 * The connection of a node with the bus was lost, or is back. An outage is reported a second time if it turns out that no
 * retry will help: then `error` is a {@linkcode BusSetupError}.
 *
 * @category Telemetry and logs
 */
export interface BusStatusEvent {
  /** The name of this node. */
  readonly node: string;
  /** Whether it can send and receive now. */
  readonly status: "up" | "down";
  /** Why it is down, if that is known. */
  readonly error: Error | undefined;
  /**
   * How long it was down, in milliseconds, if it is up now. For the first connection that is the time since the PubSub
   * was created.
   */
  readonly durationMs: number | undefined;
}

/**
 * The bus did not carry a broadcast: it is down, or the broadcast is too large for it.
 *
 * @category Telemetry and logs
 */
export interface BusRefusedEvent {
  /** The name of this node. */
  readonly node: string;
  /** The topic of the broadcast. */
  readonly topic: string;
  /** Its event. */
  readonly event: string;
  /** Why it was refused. */
  readonly error: Error;
  /** Whether it was delivered on this node nevertheless. If not, its sender got the error. */
  readonly isDeliveredHere: boolean;
}

/**
 * A topic could not be subscribed at the engine. Joins of it fail, and it is subscribed again later.
 *
 * @category Telemetry and logs
 */
export interface BusSubscribeFailedEvent {
  /** The name of this node. */
  readonly node: string;
  /** The topic. */
  readonly topic: string;
  /** Why it failed. */
  readonly error: Error;
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
  /** The number of messages that were lost, if the bus knows it; otherwise 1. */
  readonly missing: number;
}

/**
 * A message arrived on the bus that no node of this version sends. It was ignored.
 *
 * @category Telemetry and logs
 */
export interface BusMalformedEvent {
  /** The name of this node. */
  readonly node: string;
  /** Its size, if it came as an envelope. */
  readonly bytes: number | undefined;
  /** What is wrong with it. */
  readonly error: Error;
}

/**
 * The connection with the bus was lost, and it is not known whether the last broadcasts of this node have arrived at
 * the others. `broadcast` had returned.
 *
 * @category Telemetry and logs
 */
export interface BusUnconfirmedEvent {
  /** The name of this node. */
  readonly node: string;
  /** The number of broadcasts that may not have arrived. */
  readonly count: number;
  /** Why the connection was lost. */
  readonly error: Error;
}

/**
 * The engine of the bus reported an error that no call waits for, such as a broadcast on whose subject the user of this
 * node has no right to publish.
 *
 * @category Telemetry and logs
 */
export interface BusEngineErrorEvent {
  /** The server, without credentials. */
  readonly engine: string;
  /** What it reported. */
  readonly error: Error;
}

/**
 * Another node of this machine read nothing for too long while broadcasts waited for it. It was cut off, so that the
 * others continue without it. When it reads again, it reports a gap (`urvogel:bus:gap`).
 *
 * @category Telemetry and logs
 */
export interface BusCutOffEvent {
  /** The name of this node. */
  readonly node: string;
  /** The name of the node that was cut off. */
  readonly other: string;
  /** How many bytes waited for it in this node. */
  readonly waitingBytes: number;
}

/** `urvogel:bus:status` */
const busStatus = telemetryEvent<BusStatusEvent>("urvogel:bus:status");
/** `urvogel:bus:refused` */
export const busRefused = telemetryEvent<BusRefusedEvent>("urvogel:bus:refused");
/** `urvogel:bus:subscribe_failed` */
const busSubscribeFailed = telemetryEvent<BusSubscribeFailedEvent>("urvogel:bus:subscribe_failed");
/** `urvogel:bus:gap` */
export const busGap = telemetryEvent<BusGapEvent>("urvogel:bus:gap");
/** `urvogel:bus:malformed` */
export const busMalformed = telemetryEvent<BusMalformedEvent>("urvogel:bus:malformed");
/** `urvogel:bus:unconfirmed` */
export const busUnconfirmed = telemetryEvent<BusUnconfirmedEvent>("urvogel:bus:unconfirmed");
/** `urvogel:bus:cut_off` */
export const busCutOff = telemetryEvent<BusCutOffEvent>("urvogel:bus:cut_off");
/** `urvogel:bus:engine_error` */
export const busEngineError = telemetryEvent<BusEngineErrorEvent>("urvogel:bus:engine_error");

/**
 * Emits `urvogel:bus:status`, or logs it if there is no listener.
 *
 * @param isBack Whether it was reported as down before: whoever has read that line finds its end at the same level.
 */
export function reportStatus(event: BusStatusEvent, isBack: boolean, log: Log): void {
  if (busStatus.hasListeners) return busStatus.emit(event);
  const isLasting = isInstance(event.error, BusSetupError); // it does not mend itself
  const level = isLasting ? "error" : event.status === "down" || isBack ? "warn" : "info";
  log.write(level, event, { kind: `bus ${event.status}`, describe: describeStatus });
}

/** Emits `urvogel:bus:subscribe_failed`, or logs it if there is no listener. */
export function reportSubscribeFailed(event: BusSubscribeFailedEvent, log: Log): void {
  if (busSubscribeFailed.hasListeners) return busSubscribeFailed.emit(event);
  log.write("error", event, { kind: "failed subscription at the bus", describe: describeFailedSubscription });
}

// Only the text of an error: what caused it may hold the engine's address and credentials.

function describeStatus({ node, status, error, durationMs }: BusStatusEvent): Described {
  if (status === "up") return { message: `node ${node}: the bus is up, after ${Math.round(durationMs ?? 0)} ms` };
  return { message: `node ${node}: the bus is down${error ? `: ${oneLine(error.message)}` : ""}` };
}

function describeFailedSubscription({ node, topic, error }: BusSubscribeFailedEvent): Described {
  return { message: `node ${node}: could not subscribe to ${quoted(topic)}: ${oneLine(error.message)}` };
}
