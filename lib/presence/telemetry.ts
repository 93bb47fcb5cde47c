/**
 * What presence tells those who watch the server.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { ReplicaRef } from "./replica.ts";

/** Another node is there, is silent, or is gone. */
export interface ReplicaEvent {
  /** The tracker that noticed. */
  readonly tracker: string;
  /** Which node. */
  readonly replica: ReplicaRef;
  /** What has become of it. */
  readonly status: "up" | "down" | "permdown";
}

/** A message that could not be sent, and is tried again a period later, or that made no sense, and is ignored. */
export interface TrackerFaultEvent {
  /** The tracker that noticed. */
  readonly tracker: string;
  /** What kind of message. */
  readonly event: string;
  /** What went wrong. */
  readonly error: Error;
}

/** `urvogel:tracker:replica` */
export const replicaChanged = telemetryEvent<ReplicaEvent>("urvogel:tracker:replica");
/** `urvogel:tracker:unsent` */
export const messageUnsent = telemetryEvent<TrackerFaultEvent>("urvogel:tracker:unsent");
/** `urvogel:tracker:malformed` */
export const messageMalformed = telemetryEvent<TrackerFaultEvent>("urvogel:tracker:malformed");
