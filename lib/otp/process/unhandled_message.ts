/**
 * Messages that nobody wrote a handler for: reported to telemetry if anybody listens, and else to the log.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import type { Pid } from "./pid.ts";
import { reportingOf } from "./reporting.ts";
import { messageUnhandled, type UnhandledMessageEvent } from "./telemetry.ts";

/**
 * `urvogel:process:message_unhandled`, or the log of the process if nobody listens.
 *
 * @param pid Who got it.
 * @param receiver The same in words.
 * @param message The message.
 * @param redact Hides what should not be printed.
 */
export function reportUnhandled(
  pid: Pid<never>,
  receiver: string,
  message: unknown,
  redact: (message: unknown) => unknown = (message) => message,
): void {
  const event: UnhandledMessageEvent = { receiver, message };
  if (messageUnhandled.hasListeners) return messageUnhandled.emit(event);
  const { log, fields, kind } = reportingOf(pid);
  log.write("warn", event, {
    kind: `unhandled message of ${kind}`,
    describe: ({ receiver, message }) => ({
      message: `${oneLine(receiver)} got a message that it has no handler for`,
      fields: { ...fields, received: redact(message) },
    }),
  });
}
