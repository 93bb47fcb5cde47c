/**
 * The events of processes and their mailboxes.
 *
 * @module
 */

import { telemetryEvent } from "../../base/telemetry.ts";
import type { Pid } from "./pid.ts";
import type { ServerStatus } from "./server_status.ts";

/** What is known of a process that failed. */
export interface CrashReport {
  /** The process. */
  readonly pid: Pid<never>;
  /** What it was doing: `handleCall "add"`, `terminate`. */
  readonly during: string;
  /** What was thrown. */
  readonly error: Error;
  /** Who started it, its parent first. */
  readonly ancestors: readonly Pid<never>[];
  /** On whose behalf a task ran, the nearest first. */
  readonly callers?: readonly Pid<never>[];
  /** What a server was at, after its `formatStatus`; only looked at when asked for. */
  status?(): ServerStatus;
}

/** A process got a message that it has no handler for, and went on. */
export interface UnhandledMessageEvent {
  /** Who got it, in words: a class, a topic. */
  readonly receiver: string;
  /** The message. */
  readonly message: unknown;
}

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

/** `urvogel:process:crashed` */
export const processCrashed = telemetryEvent<CrashReport>("urvogel:process:crashed");

/** `urvogel:process:message_unhandled` */
export const messageUnhandled = telemetryEvent<UnhandledMessageEvent>("urvogel:process:message_unhandled");

/** `urvogel:process:queue_grown` */
export const queueGrown = telemetryEvent<QueueGrownEvent>("urvogel:process:queue_grown");

/** `urvogel:process:message_dropped` */
export const messageDropped = telemetryEvent<MessageDroppedEvent>("urvogel:process:message_dropped");

const FIRST_MARK = 128;

/** Whether a queue of this length is worth telling: powers of two, so that a queue tells of itself a few times at most. */
export function isMark(length: number): boolean {
  return length >= FIRST_MARK && (length & (length - 1)) === 0;
}
