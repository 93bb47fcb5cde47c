/**
 * The counters and histograms, which are fed by telemetry events.
 *
 * @module
 */

import { onTelemetry, type TelemetrySubscription } from "../../endpoint/on_telemetry.ts";
import type { TelemetryEvents } from "../../endpoint/telemetry_events.ts";
import { CLOSE_CODES, UNSENT_CLOSE_CODES } from "../../protocol/close_codes.ts";
import type { InstrumentMeter, Labels } from "./_meter.ts";

const HANDLING_S = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];
/** The buckets of `signalr.server.connection.duration`, and an hour and a day: our connections live longer. */
const CONNECTION_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 3_600, 86_400];
/**
 * Codes that servers send, and the codes for a close frame without a code (1005) and for no close frame at all (1006).
 */
const KNOWN_CODES: ReadonlySet<number> = new Set([...Object.values(CLOSE_CODES), ...Object.values(UNSENT_CLOSE_CODES)]);
/** Reasons of the library for a client that was silent, or did not read. */
const TIMEOUTS: ReadonlySet<unknown> = new Set(["read_timeout", "inactive", "slow_reader"]);

/** Creates the counters and histograms, and feeds them until the subscriptions end. */
export function measureEvents(meter: InstrumentMeter): TelemetrySubscription[] {
  return [...measureConnections(meter), ...measureChannels(meter), ...measureLimits(meter)];
}

function measureConnections(meter: InstrumentMeter): TelemetrySubscription[] {
  const connects = histogram(meter, "urvogel.connect.duration", "How long sockets take to decide about a client");
  const lifetimes = histogram(
    meter,
    "urvogel.server.connection.duration",
    "How long connections lasted, and how they ended",
    CONNECTION_S,
  );
  const closes = meter.createCounter("urvogel.closes", { description: "Connections that are over" });
  return [
    onTelemetry("urvogel:socket:connected", (event) => connects.record(event.durationMs / 1000, ofConnect(event))),
    onTelemetry("urvogel:socket:closed", ({ connection: { transport }, code, reason, durationMs }) => {
      const kind = { "urvogel.transport": transport };
      // Clients may close with any number: unknown codes are counted together.
      closes.add(1, { ...kind, "urvogel.code": KNOWN_CODES.has(code) ? code : "other" });
      lifetimes.record(durationMs / 1000, { ...kind, "urvogel.status": statusOf(code, reason) });
    }),
  ];
}

function measureChannels(meter: InstrumentMeter): TelemetrySubscription[] {
  const joins = histogram(meter, "urvogel.join.duration", "How long channels take to decide about a join");
  const handled = histogram(
    meter,
    "urvogel.handle_in.duration",
    "How long handlers take, until their promise has settled",
  );
  const messages = meter.createCounter("urvogel.messages", { description: "Messages from and to clients" });
  const sent = meter.createCounter("urvogel.sent", { description: "Size of the frames to clients", unit: "By" });
  const out = (kind: string, count: number, bytes: number) => {
    messages.add(count, { "urvogel.direction": "out", "urvogel.kind": kind });
    sent.add(count * bytes, { "urvogel.kind": kind });
  };
  return [
    onTelemetry("urvogel:channel:joined", (event) => joins.record(event.durationMs / 1000, ofChannel(event))),
    onTelemetry("urvogel:channel:handled_in", (event) => {
      handled.record(event.durationMs / 1000, ofChannel(event));
      messages.add(1, { "urvogel.direction": "in", "urvogel.kind": "push" });
    }),
    onTelemetry("urvogel:channel:pushed", ({ bytes }) => out("push", 1, bytes)),
    onTelemetry("urvogel:channel:replied", ({ bytes }) => out("reply", 1, bytes)),
    onTelemetry("urvogel:pubsub:broadcast", ({ clients, bytes }) => out("broadcast", clients, bytes)),
  ];
}

function measureLimits(meter: InstrumentMeter): TelemetrySubscription[] {
  const limits = meter.createCounter("urvogel.limits", { description: "Limits that clients came up against" });
  const drops = meter.createCounter("urvogel.drops", {
    description: "Frames dropped for clients that read too slowly",
  });
  return [
    onTelemetry("urvogel:limit:hit", ({ limit }) => limits.add(1, { "urvogel.limit": limit })),
    onTelemetry("urvogel:socket:dropped", ({ policy, frames }) => drops.add(frames, { "urvogel.policy": policy })),
  ];
}

function histogram(meter: InstrumentMeter, name: string, description: string, buckets: number[] = HANDLING_S) {
  return meter.createHistogram(name, { description, unit: "s", advice: { explicitBucketBoundaries: buckets } });
}

type Connected = TelemetryEvents["urvogel:socket:connected"];
type OfChannel = TelemetryEvents["urvogel:channel:joined" | "urvogel:channel:handled_in"];

/** The attributes of a decision about a client. */
function ofConnect({ socket, transport, result }: Connected): Labels {
  return { "urvogel.socket": socket, "urvogel.transport": transport, "urvogel.result": result };
}

/** The attributes of a join or a handled message. */
function ofChannel({ channel, result }: OfChannel): Labels {
  return { "urvogel.channel": channel, "urvogel.result": result };
}

/** How a connection ended, in the words of `signalr.connection.status`, and `error` for what those do not have. */
function statusOf(code: number, reason: TelemetryEvents["urvogel:socket:closed"]["reason"]): string {
  if (code === CLOSE_CODES.serviceRestart) return "app_shutdown";
  if (typeof reason === "object" && "shutdown" in reason && TIMEOUTS.has(reason.shutdown)) return "timeout";
  return NORMAL.has(code) ? "normal_closure" : "error";
}

const NORMAL: ReadonlySet<number> = new Set([CLOSE_CODES.normal, CLOSE_CODES.goingAway, UNSENT_CLOSE_CODES.none]);
