/**
 * The telemetry events of history.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";

/**
 * Messages that the bus had lost were read from the engine. Clients notice nothing.
 *
 * @category Telemetry and logs
 */
export interface HistoryRepairedEvent {
  /** The topic. */
  readonly topic: string;
  /** How many messages. */
  readonly count: number;
}

/**
 * Messages of a topic are lost: the engine began anew, or has not kept enough. Its members on this node get a report of
 * it.
 *
 * @category Telemetry and logs
 */
export interface HistoryResetEvent {
  /** The topic. */
  readonly topic: string;
  /** The position at which the topic continues. */
  readonly position: string;
}

/**
 * A broadcast to a topic with history was not kept, or it is not known whether it was. Nobody received it, unless it
 * was kept.
 *
 * @category Telemetry and logs
 */
export interface HistoryUnpublishedEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** Why it was not kept. */
  readonly error: Error;
}

/**
 * Another node sent a broadcast to a topic with history without a number, and it was not delivered: that node does not
 * know the topic's route.
 *
 * @category Telemetry and logs
 */
export interface HistoryUnnumberedEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
}

/**
 * A call to the engine failed. It is repeated until it succeeds. A program that declares no history itself looks for
 * declared routes once, and again when the engine is reachable again or a node declares routes.
 *
 * @category Telemetry and logs
 */
export interface HistoryRetriedEvent {
  /** The topic; `undefined` if it is about the routes with history. */
  readonly topic: string | undefined;
  /** How often it has failed. */
  readonly attempt: number;
  /** Why it failed this time. */
  readonly error: Error;
}

/** `urvogel:history:repaired` */
export const historyRepaired = telemetryEvent<HistoryRepairedEvent>("urvogel:history:repaired");
/** `urvogel:history:reset` */
export const historyReset = telemetryEvent<HistoryResetEvent>("urvogel:history:reset");
/** `urvogel:history:unpublished` */
export const historyUnpublished = telemetryEvent<HistoryUnpublishedEvent>("urvogel:history:unpublished");
/** `urvogel:history:unnumbered` */
export const historyUnnumbered = telemetryEvent<HistoryUnnumberedEvent>("urvogel:history:unnumbered");
/** `urvogel:history:retried` */
export const historyRetried = telemetryEvent<HistoryRetriedEvent>("urvogel:history:retried");
