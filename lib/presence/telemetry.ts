/**
 * The telemetry events of presences and trackers.
 *
 * @module
 */

import type { Log, Report } from "../base/log.ts";
import { oneLine } from "../base/printable.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import type { ReplicaRef } from "../cluster/replica.ts";
import { losses } from "../pubsub/losses.ts";

/**
 * Another node came up, went silent, or is gone for good.
 *
 * @category Telemetry and logs
 */
export interface ReplicaEvent {
  /** The tracker that noticed. */
  readonly tracker: string;
  /** Which node. */
  readonly replica: ReplicaRef;
  /** Its new status. */
  readonly status: "up" | "down" | "permdown";
}

/**
 * A message could not be sent, or a received message was invalid and is ignored. What was not sent is sent a period
 * later, except for an entry that is too large for the bus.
 *
 * @category Telemetry and logs
 */
export interface TrackerFaultEvent {
  /** The tracker that noticed. */
  readonly tracker: string;
  /** The kind of message. */
  readonly event: string;
  /** What went wrong. */
  readonly error: Error;
  /**
   * The entry that was left out, since the bus cannot carry it: other nodes do not see it. Both may come from a client:
   * escape them before you write them to a log.
   */
  readonly omitted?: { readonly topic: string; readonly key: string };
}

/** `urvogel:tracker:replica` */
export const replicaChanged = telemetryEvent<ReplicaEvent>("urvogel:tracker:replica");
const messageUnsent = telemetryEvent<TrackerFaultEvent>("urvogel:tracker:unsent");
/** `urvogel:tracker:malformed` */
export const messageMalformed = telemetryEvent<TrackerFaultEvent>("urvogel:tracker:malformed");

/**
 * Emits `urvogel:tracker:unsent`. An entry that was left out is counted, and logged if there is no listener; the rest is
 * sent again.
 */
export function reportUnsent(event: TrackerFaultEvent, log: Log): void {
  if (event.omitted) losses.add("presence_unsent");
  if (messageUnsent.hasListeners) return messageUnsent.emit(event);
  if (event.omitted) log.write("warn", event, OMITTED);
}

const OMITTED: Report<TrackerFaultEvent> = {
  kind: "entry of a presence that is too large",
  describe: ({ tracker, error, omitted }) => ({
    message: `${tracker}: other nodes do not see an entry that is too large for the bus: ${oneLine(error.message)}`,
    fields: { ...(omitted && { topic: omitted.topic }) },
  }),
};
