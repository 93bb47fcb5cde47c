/**
 * The type of an event follows from its name.
 *
 * @module
 */

import { Channel, type ChannelHandledInEvent, type CrashReport, ok, onTelemetry } from "@urvogel/realtime";

onTelemetry("urvogel:process:crashed", (report: CrashReport) => report.during.length);
onTelemetry("urvogel:channel:joined", ({ result, durationMs }) => {
  const _results: "ok" | "refused" | "crashed" | "abandoned" = result;
  const _ms: number = durationMs;
});
onTelemetry("urvogel:socket:closed", ({ code, reason }) => [code.toFixed(), reason]);
// @ts-expect-error: there is no such event
onTelemetry("urvogel:channel:join", () => {});
// @ts-expect-error: joins have no code
onTelemetry("urvogel:channel:joined", ({ code }) => code);

export class LoudChannel extends Channel {
  override logJoin = "warn" as const;
  override logHandleIn = ({ durationMs }: ChannelHandledInEvent) => durationMs > 100 ? "warn" : false;
  override join() {
    return ok();
  }
}

export class WrongChannel extends Channel {
  // @ts-expect-error: no such level
  override logJoin = "loud" as const;
  override join() {
    return ok();
  }
}
