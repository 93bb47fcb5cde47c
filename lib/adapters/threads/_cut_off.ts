/**
 * Reports a thread that was cut off: it does not return to its event loop.
 *
 * @module
 */

import { consoleLog, type Described } from "../../base/log.ts";
import { quoted } from "../../base/printable.ts";
import { busCutOff, type BusCutOffEvent } from "../../pubsub/telemetry.ts";

/** Emits `urvogel:bus:cut_off`, or logs it if there is no listener. */
export function reportCutOff(event: BusCutOffEvent): void {
  if (busCutOff.hasListeners) return busCutOff.emit(event);
  consoleLog.write("warn", event, { kind: "thread cut off", describe });
}

function describe({ node, other, waitingBytes }: BusCutOffEvent): Described {
  const why = `it does not return to its event loop, and ${waitingBytes} bytes waited for it`;
  return { message: `thread ${quoted(node)}: cut off thread ${quoted(other)}: ${why}` };
}
