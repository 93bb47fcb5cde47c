/**
 * The telemetry events of PubSub.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";
import { isInstance } from "../base/foreign.ts";
import { oneLine, quoted } from "../base/printable.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import type { Broadcast } from "./broadcast.ts";
import { BusSetupError } from "./errors.ts";
import { losses } from "./losses.ts";

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

const busStatus = telemetryEvent<BusStatusEvent>("urvogel:bus:status");
const busRefused = telemetryEvent<BusRefusedEvent>("urvogel:bus:refused");
const busSubscribeFailed = telemetryEvent<BusSubscribeFailedEvent>("urvogel:bus:subscribe_failed");
const busGap = telemetryEvent<BusGapEvent>("urvogel:bus:gap");
/** `urvogel:bus:malformed` */
export const busMalformed = telemetryEvent<BusMalformedEvent>("urvogel:bus:malformed");
const busUnconfirmed = telemetryEvent<BusUnconfirmedEvent>("urvogel:bus:unconfirmed");
const busCutOff = telemetryEvent<BusCutOffEvent>("urvogel:bus:cut_off");
const busEngineError = telemetryEvent<BusEngineErrorEvent>("urvogel:bus:engine_error");

// Each of these emits its event, or logs it if there is no listener. Of an error, the log gets the text only: what
// caused it may hold the engine's address and credentials.

/**
 * Reports that the bus is up or down.
 *
 * @param isBack Whether it was reported as down before: whoever has read that line finds its end at the same level.
 */
export function reportStatus(event: BusStatusEvent, isBack: boolean, log: Log): void {
  if (busStatus.hasListeners) return busStatus.emit(event);
  const isLasting = isInstance(event.error, BusSetupError); // it does not mend itself
  const level = isLasting ? "error" : event.status === "down" || isBack ? "warn" : "info";
  log.write(level, event, STATUS[event.status]);
}

const STATUS: Readonly<Record<BusStatusEvent["status"], Report<BusStatusEvent>>> = {
  up: {
    kind: "bus up",
    describe: ({ node, durationMs }) => {
      return { message: `node ${node}: the bus is up, after ${Math.round(durationMs ?? 0)} ms` };
    },
  },
  down: {
    kind: "bus down",
    describe: ({ node, error }) => {
      return { message: `node ${node}: the bus is down${error ? `: ${oneLine(error.message)}` : ""}` };
    },
  },
};

/** Reports that the engine refused a subscription. */
export function reportSubscribeFailed(event: BusSubscribeFailedEvent, log: Log): void {
  if (busSubscribeFailed.hasListeners) return busSubscribeFailed.emit(event);
  log.write("error", event, SUBSCRIBE_FAILED);
}

const SUBSCRIBE_FAILED: Report<BusSubscribeFailedEvent> = {
  kind: "failed subscription at the bus",
  describe: ({ node, topic, error }) => {
    return { message: `node ${node}: could not subscribe to ${quoted(topic)}: ${oneLine(error.message)}` };
  },
};

/**
 * Counts a broadcast that the bus did not carry. It is not logged: its sender gets the error, or the bus is down.
 *
 * @param isRepeated Whether it is sent again by itself, and not lost.
 */
export function reportRefused(event: BusRefusedEvent, isRepeated: boolean): void {
  if (!isRepeated) losses.add("bus_refused");
  busRefused.emit(event);
}

/** Counts and reports messages of another node that were lost. */
export function reportGap(event: BusGapEvent, log: Log): void {
  losses.add("bus_gap", event.missing);
  if (busGap.hasListeners) return busGap.emit(event);
  log.write("warn", event, GAP);
}

const GAP: Report<BusGapEvent> = {
  kind: "lost messages of another node",
  describe: ({ node, from, missing }) => {
    return { message: `node ${node}: lost at least ${missing} of the messages of node ${oneLine(from)}` };
  },
};

/** Counts and reports a message that was ignored. */
export function reportMalformed(event: BusMalformedEvent, log: Log): void {
  losses.add("bus_malformed");
  if (busMalformed.hasListeners) return busMalformed.emit(event);
  log.write("warn", event, MALFORMED);
}

const MALFORMED: Report<BusMalformedEvent> = {
  kind: "malformed message of the bus",
  describe: ({ node, error }) => {
    return { message: `node ${node}: ignored a message that no node of this version sends: ${oneLine(error.message)}` };
  },
};

/** Counts and reports broadcasts that may be lost. */
export function reportUnconfirmed(event: BusUnconfirmedEvent, log: Log): void {
  losses.add("bus_unconfirmed", event.count);
  if (busUnconfirmed.hasListeners) return busUnconfirmed.emit(event);
  log.write("warn", event, UNCONFIRMED);
}

const UNCONFIRMED: Report<BusUnconfirmedEvent> = {
  kind: "broadcasts that may be lost",
  describe: ({ node, count, error }) => {
    return { message: `node ${node}: the last ${count} broadcasts may not have arrived: ${oneLine(error.message)}` };
  },
};

/**
 * Reports an error of the engine.
 *
 * @param refused How many broadcasts it did not carry, which are counted.
 */
export function reportEngineError(event: BusEngineErrorEvent, refused: number, log: Log): void {
  if (refused > 0) losses.add("bus_refused", refused);
  if (busEngineError.hasListeners) return busEngineError.emit(event);
  log.write("error", event, ENGINE_ERROR);
}

const ENGINE_ERROR: Report<BusEngineErrorEvent> = {
  kind: "error of the engine",
  describe: ({ engine, error }) => ({ message: `${engine}: ${oneLine(error.message)}` }),
};

/** Reports another node that was cut off. */
export function reportCutOff(event: BusCutOffEvent, log: Log): void {
  if (busCutOff.hasListeners) return busCutOff.emit(event);
  log.write("warn", event, CUT_OFF);
}

const CUT_OFF: Report<BusCutOffEvent> = {
  kind: "node that was cut off",
  describe: ({ node, other, waitingBytes }) => {
    const why = `it does not return to its event loop, and ${waitingBytes} bytes waited for it`;
    return { message: `node ${node}: cut off node ${oneLine(other)}: ${why}` };
  },
};
