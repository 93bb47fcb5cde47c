/**
 * Messages that nobody wrote a handler for: told to telemetry if anybody listens, and else to the console.
 *
 * @module
 */

import { oneLine } from "../base/printable.ts";
import { telemetryEvent } from "../base/telemetry.ts";
import { inspected } from "./inspected.ts";

/** A process got a message that it has no handler for, and went on. */
export interface UnhandledMessageEvent {
  /** Who got it, in words: a class, a topic. */
  readonly receiver: string;
  /** The message. */
  readonly message: unknown;
}

const unhandled = telemetryEvent<UnhandledMessageEvent>("urvogel:process:message_unhandled");

/**
 * `urvogel:process:message_unhandled`, or the console if nobody listens.
 *
 * @param receiver Who got it.
 * @param message The message.
 * @param redact Hides what should not be printed.
 */
export function reportUnhandled(
  receiver: string,
  message: unknown,
  redact: (message: unknown) => unknown = (message) => message,
): void {
  if (unhandled.hasListeners) return unhandled.emit({ receiver, message });
  const who = `[urvogel] ${oneLine(receiver)}`;
  console.warn(`${who} got a message that it has no handler for:`, inspected(redact(message)));
}
