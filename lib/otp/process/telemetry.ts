/**
 * What mailboxes tell those who listen: that messages pile up, or get lost.
 *
 * @module
 */

import { telemetryEvent } from "../../base/telemetry.ts";
import type { Pid } from "./pid.ts";

/** More messages wait for a process than ever before: 128, or twice as many as the last time this was told. */
export interface QueueGrownEvent {
  /** The process. */
  readonly pid: Pid<never>;
  /** How many messages wait. */
  readonly length: number;
}

/** A full mailbox has lost a message. */
export interface MessageDroppedEvent {
  /** The process that does not get it. */
  readonly pid: Pid<never>;
  /** The message. */
  readonly message: unknown;
  /** Which one is lost when there is no room. */
  readonly policy: "dropOldest" | "dropNewest";
}

/** `urvogel:process:queue_grown` */
export const queueGrown = telemetryEvent<QueueGrownEvent>("urvogel:process:queue_grown");

/** `urvogel:process:message_dropped` */
export const messageDropped = telemetryEvent<MessageDroppedEvent>("urvogel:process:message_dropped");

const FIRST_MARK = 128;

/** Whether a queue of this length is worth telling: powers of two, so that a queue tells of itself a few times at most. */
export function isMark(length: number): boolean {
  return length >= FIRST_MARK && (length & (length - 1)) === 0;
}
