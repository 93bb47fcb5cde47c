/**
 * The telemetry events of the adapter for threads.
 *
 * @module
 */

import { consoleLog, type Described } from "../../base/log.ts";
import { quoted } from "../../base/printable.ts";
import { telemetryEvent } from "../../base/telemetry.ts";

/**
 * A thread read nothing for `maxStallMs` while broadcasts waited for it. It was cut off, so that the other threads go on
 * without it. If it returns to its event loop, it reports a gap (`urvogel:bus:gap`).
 */
export interface ThreadCutOffEvent {
  /** The name of this thread. */
  readonly node: string;
  /** The name of the thread that was cut off. */
  readonly thread: string;
  /** How many bytes waited in this thread. */
  readonly waitingBytes: number;
}

/** `urvogel:threads:cut_off` */
const threadCutOff = telemetryEvent<ThreadCutOffEvent>("urvogel:threads:cut_off");

/** Emits `urvogel:threads:cut_off`, or logs it if there is no listener. */
export function reportCutOff(event: ThreadCutOffEvent): void {
  if (threadCutOff.hasListeners) return threadCutOff.emit(event);
  consoleLog.write("warn", event, { kind: "thread cut off", describe });
}

function describe({ node, thread, waitingBytes }: ThreadCutOffEvent): Described {
  const why = `it does not return to its event loop, and ${waitingBytes} bytes waited for it`;
  return { message: `thread ${quoted(node)}: cut off thread ${quoted(thread)}: ${why}` };
}
