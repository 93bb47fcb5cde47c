/**
 * The telemetry events of processes and their mailboxes.
 *
 * @module
 */

import { telemetryEvent } from "../../base/telemetry.ts";
import type { Pid } from "./pid.ts";
import type { ServerStatus } from "./server_status.ts";

/**
 * A report about a process that failed.
 *
 * @category Processes
 */
export interface CrashReport {
  /** The process. */
  readonly pid: Pid<never>;
  /** The callback that failed: `handleCall "add"`, `terminate`. */
  readonly during: string;
  /** The error that was thrown. */
  readonly error: Error;
  /** The process that started it, the parent of that, and so on. */
  readonly ancestors: readonly Pid<never>[];
  /** The processes on whose behalf a task ran, the nearest first. */
  readonly callers?: readonly Pid<never>[];
  /** Returns the status of a server, after its `formatStatus`; only computed when called. */
  status?(): ServerStatus;
}

/**
 * A process got a message that it has no handler for, and continued.
 *
 * @category Telemetry and logs
 */
export interface UnhandledMessageEvent {
  /** A description of the receiver: a class, a topic. */
  readonly receiver: string;
  /** The message. */
  readonly message: unknown;
}

/**
 * The mailbox of a process reached a new maximum: 128 messages, or twice the number of the last event.
 *
 * @category Telemetry and logs
 */
export interface QueueGrownEvent {
  /** The process. */
  readonly pid: Pid<never>;
  /** Number of waiting messages. */
  readonly length: number;
}

/**
 * A full mailbox dropped a message.
 *
 * @category Telemetry and logs
 */
export interface MessageDroppedEvent {
  /** The process whose mailbox was full. */
  readonly pid: Pid<never>;
  /** The message. */
  readonly message: unknown;
  /** The overflow policy, which decides which message is dropped. */
  readonly policy: "dropOldest" | "dropNewest";
}

/** `urvogel:process:crashed`: a process failed. */
export const processCrashed = telemetryEvent<CrashReport>("urvogel:process:crashed");

/** `urvogel:process:message_unhandled`: a process got a message that it has no handler for. */
export const messageUnhandled = telemetryEvent<UnhandledMessageEvent>("urvogel:process:message_unhandled");

/** `urvogel:process:queue_grown`: the queue of a process reached a new maximum. */
export const queueGrown = telemetryEvent<QueueGrownEvent>("urvogel:process:queue_grown");

/** `urvogel:process:message_dropped`: a full mailbox dropped a message. */
export const messageDropped = telemetryEvent<MessageDroppedEvent>("urvogel:process:message_dropped");

const FIRST_MARK = 128;

/** Whether a queue of this length is reported. Only powers of two are, so that there are few events for each queue. */
export function isMark(length: number): boolean {
  return length >= FIRST_MARK && (length & (length - 1)) === 0;
}
