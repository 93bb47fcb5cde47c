/**
 * Messages without a handler: reported to telemetry, or to the log if telemetry has no handler for them.
 *
 * @module
 */

import { oneLine } from "../../base/printable.ts";
import { type Redactor, redactor } from "../../base/redact.ts";
import type { Pid } from "./pid.ts";
import { reportingOf } from "./reporting.ts";
import { messageUnhandled, type UnhandledMessageEvent } from "./telemetry.ts";

/** A process other than a channel has no secret keys of its own. */
const WITHOUT_SECRETS = redactor();

/**
 * Reports a message without a handler: as `urvogel:process:message_unhandled`, or to the log if that has no handler.
 *
 * @param pid The process that got the message.
 * @param receiver A description of that process.
 * @param message The message.
 * @param redact Hides the secrets in the message when it is logged.
 */
export function reportUnhandled(
  pid: Pid<never>,
  receiver: string,
  message: unknown,
  redact: Redactor = WITHOUT_SECRETS,
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
