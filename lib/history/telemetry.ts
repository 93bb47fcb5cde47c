/**
 * The telemetry events of history.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";
import { oneLine } from "../base/printable.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import { losses } from "../pubsub/losses.ts";

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
/** `urvogel:history:retried` */
export const historyRetried = telemetryEvent<HistoryRetriedEvent>("urvogel:history:retried");
const historyReset = telemetryEvent<HistoryResetEvent>("urvogel:history:reset");
const historyUnpublished = telemetryEvent<HistoryUnpublishedEvent>("urvogel:history:unpublished");
const historyUnnumbered = telemetryEvent<HistoryUnnumberedEvent>("urvogel:history:unnumbered");

/** Counts and reports that messages of a topic are lost: emits `urvogel:history:reset`, or logs it without listener. */
export function reportReset(event: HistoryResetEvent, log: Log): void {
  losses.add("history_reset");
  if (historyReset.hasListeners) return historyReset.emit(event);
  log.write("warn", event, RESET);
}

const RESET: Report<HistoryResetEvent> = {
  kind: "lost history of a topic",
  describe: ({ topic, position }) => ({
    message: `the history begins anew at ${position}: members miss what they have not received, and are told so`,
    fields: { topic },
  }),
};

/**
 * Counts and reports that a broadcast was not kept: emits `urvogel:history:unpublished`, or logs it without listener.
 *
 * @param log The log; `undefined` if the sender gets the error.
 */
export function reportUnpublished(event: HistoryUnpublishedEvent, log: Log | undefined): void {
  losses.add("history_unpublished");
  if (historyUnpublished.hasListeners) return historyUnpublished.emit(event);
  log?.write("warn", event, UNPUBLISHED);
}

const UNPUBLISHED: Report<HistoryUnpublishedEvent> = {
  kind: "broadcast that was not kept",
  describe: ({ topic, event, error }) => ({
    message: `a broadcast was not kept, or it is not known whether it was: ${oneLine(error.message)}`,
    fields: { topic, event },
  }),
};

/**
 * Counts and reports a broadcast of another node that has no number: emits `urvogel:history:unnumbered`, or logs it
 * without listener.
 */
export function reportUnnumbered(event: HistoryUnnumberedEvent, log: Log): void {
  losses.add("history_unnumbered");
  if (historyUnnumbered.hasListeners) return historyUnnumbered.emit(event);
  log.write("warn", event, UNNUMBERED);
}

const UNNUMBERED: Report<HistoryUnnumberedEvent> = {
  kind: "broadcast without a number",
  describe: ({ topic, event }) => ({
    message: "a broadcast was not delivered: it comes from a node that does not know that this topic has history",
    fields: { topic, event },
  }),
};
