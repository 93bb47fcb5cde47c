/**
 * Creates OpenTelemetry spans and metrics from the telemetry events.
 *
 * ```ts
 * import { instrument } from "@urvogel/realtime/opentelemetry";
 *
 * instrument(); // with the providers that are registered, such as Deno's own where OTEL_DENO=true
 * ```
 *
 * | span | kind | when |
 * | --- | --- | --- |
 * | `connect UserSocket` | server | a client connects |
 * | `join RoomChannel` | server | it joins a topic |
 * | `handle_in RoomChannel` | server | a handler handles its message |
 *
 * Their parent is the context that the client sent with its handshake (`traceparent`), if any: browsers cannot send
 * one, other clients can. Spans are created when the work is done, so spans of a handler's own work are their siblings,
 * not their children. Your sampler decides how many are kept.
 *
 * | metric | unit | attributes |
 * | --- | --- | --- |
 * | `urvogel.connect.duration` | histogram, s | `socket`, `transport`, `result` |
 * | `urvogel.join.duration` | histogram, s | `channel`, `result` |
 * | `urvogel.handle_in.duration` | histogram, s | `channel`, `result` |
 * | `urvogel.messages` | counter | `direction` (`in`, `out`), `kind` (`push`, `reply`, `broadcast`) |
 * | `urvogel.sent` | counter, By | `kind` |
 * | `urvogel.closes` | counter | `transport`, `code` |
 * | `urvogel.limits` | counter | `limit` |
 * | `urvogel.drops` | counter | `policy` |
 *
 * The names of attributes begin with `urvogel.`. Metrics have no attribute for the topic or the event: clients choose
 * those, and each new value would take memory for ever. Spans have both.
 *
 * @module
 */

import {
  type Attributes,
  type Context,
  type MetricAdvice,
  metrics,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import { oneLine } from "../base/printable.ts";
import { onTelemetry, type TelemetrySubscription } from "../endpoint/on_telemetry.ts";
import type { TelemetryEvents } from "../endpoint/telemetry_events.ts";
import { CLOSE_CODES } from "../protocol/close_codes.ts";

/** The used part of a `Tracer` of `@opentelemetry/api`. */
export interface SpanTracer {
  /** Starts a span. */
  startSpan(name: string, options?: object, context?: object): {
    setStatus(status: { code: number; message?: string }): unknown;
    end(endTime?: number): void;
  };
}

/** The used part of a `Meter` of `@opentelemetry/api`. */
export interface InstrumentMeter {
  /** Creates an instrument for durations. */
  createHistogram(name: string, options?: object): {
    record(value: number, attributes?: Readonly<Record<string, string | number>>): void;
  };
  /** Creates an instrument for counts. */
  createCounter(name: string, options?: object): {
    add(value: number, attributes?: Readonly<Record<string, string | number>>): void;
  };
}

/** Options for {@linkcode instrument}: where spans and metrics go. */
export interface InstrumentOptions {
  /**
   * Creates the spans.
   *
   * @default {trace.getTracer("@urvogel/realtime")}
   */
  readonly tracer?: SpanTracer;
  /**
   * Creates the instruments.
   *
   * @default {metrics.getMeter("@urvogel/realtime")}
   */
  readonly meter?: InstrumentMeter;
}

const SCOPE = "@urvogel/realtime";
const SECONDS: MetricAdvice = {
  explicitBucketBoundaries: [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
};
/**
 * Codes that servers send, and the codes for a close frame without a code (1005) and for no close frame at all (1006).
 */
const KNOWN_CODES: ReadonlySet<number> = new Set([...Object.values(CLOSE_CODES), 1005, 1006]);

/**
 * Starts creating spans and metrics for all endpoints of this program.
 *
 * @param options Where they go; by default to OpenTelemetry's global providers.
 * @returns A function that stops it.
 */
export function instrument(
  { tracer = trace.getTracer(SCOPE), meter = metrics.getMeter(SCOPE) }: InstrumentOptions = {},
): TelemetrySubscription {
  const subscriptions = [...traceWith(tracer), ...measureWith(meter)];
  const end = () => {
    for (const subscription of subscriptions) subscription();
  };
  return Object.assign(end, { [Symbol.dispose]: end });
}

function traceWith(tracer: SpanTracer): TelemetrySubscription[] {
  const span = (name: string, event: SpanSource, attributes: Attributes) => {
    const endTime = performance.timeOrigin + performance.now();
    const startTime = endTime - event.durationMs;
    const options = { kind: SpanKind.SERVER, startTime, attributes };
    const made = tracer.startSpan(name, options satisfies SpanOptions, contextOf(event));
    if (FAILURES.has(event.result)) made.setStatus({ code: SpanStatusCode.ERROR, message: event.result });
    made.end(endTime);
  };
  return [
    onTelemetry("urvogel:socket:connected", (event) => {
      const { peer, vsn } = event;
      const address: Attributes = peer ? { "client.address": peer.hostname, "client.port": peer.port } : {};
      span(`connect ${event.socket}`, event, { ...ofConnect(event), ...address, "urvogel.vsn": text(vsn) });
    }),
    onTelemetry("urvogel:channel:joined", (event) => {
      span(`join ${event.channel}`, event, { ...ofChannel(event), "urvogel.topic": oneLine(event.socket.topic) });
    }),
    onTelemetry("urvogel:channel:handled_in", (event) => {
      const topic = oneLine(event.socket.topic);
      const attributes = { ...ofChannel(event), "urvogel.topic": topic, "urvogel.event": text(event.event) };
      span(`handle_in ${event.channel}`, event, attributes);
    }),
  ];
}

function measureWith(meter: InstrumentMeter): TelemetrySubscription[] {
  const duration = (name: string, description: string) =>
    meter.createHistogram(`urvogel.${name}.duration`, { description, unit: "s", advice: SECONDS });
  const connects = duration("connect", "How long sockets take to decide about a client");
  const joins = duration("join", "How long channels take to decide about a join");
  const handled = duration("handle_in", "How long handlers take, until their promise has settled");
  const messages = meter.createCounter("urvogel.messages", { description: "Messages from and to clients" });
  const sent = meter.createCounter("urvogel.sent", { description: "Size of the frames to clients", unit: "By" });
  const closes = meter.createCounter("urvogel.closes", { description: "Connections that are over" });
  const limits = meter.createCounter("urvogel.limits", { description: "Limits that clients came up against" });
  const drops = meter.createCounter("urvogel.drops", {
    description: "Frames dropped for clients that read too slowly",
  });
  const out = (kind: string, count: number, bytes: number) => {
    messages.add(count, { "urvogel.direction": "out", "urvogel.kind": kind });
    sent.add(count * bytes, { "urvogel.kind": kind });
  };
  return [
    onTelemetry("urvogel:socket:connected", (event) => connects.record(event.durationMs / 1000, ofConnect(event))),
    onTelemetry("urvogel:channel:joined", (event) => joins.record(event.durationMs / 1000, ofChannel(event))),
    onTelemetry("urvogel:channel:handled_in", (event) => {
      handled.record(event.durationMs / 1000, ofChannel(event));
      messages.add(1, { "urvogel.direction": "in", "urvogel.kind": "push" });
    }),
    onTelemetry("urvogel:channel:pushed", ({ bytes }) => out("push", 1, bytes)),
    onTelemetry("urvogel:channel:replied", ({ bytes }) => out("reply", 1, bytes)),
    onTelemetry("urvogel:pubsub:broadcast", ({ clients, bytes }) => out("broadcast", clients, bytes)),
    onTelemetry("urvogel:socket:closed", ({ connection: { transport }, code }) => {
      // Clients may close with any number: unknown codes are counted together.
      closes.add(1, { "urvogel.transport": transport, "urvogel.code": KNOWN_CODES.has(code) ? code : "other" });
    }),
    onTelemetry("urvogel:limit:hit", ({ limit }) => limits.add(1, { "urvogel.limit": limit })),
    onTelemetry("urvogel:socket:dropped", ({ policy, frames }) => drops.add(frames, { "urvogel.policy": policy })),
  ];
}

type Connected = TelemetryEvents["urvogel:socket:connected"];
type OfChannel = TelemetryEvents["urvogel:channel:joined" | "urvogel:channel:handled_in"];
type SpanSource = Connected | OfChannel;
type Labels = Readonly<Record<string, string>>;

const FAILURES: ReadonlySet<SpanSource["result"]> = new Set(["failed", "crashed"] as const);

function ofConnect({ socket, transport, result }: Connected): Labels {
  return { "urvogel.socket": socket, "urvogel.transport": transport, "urvogel.result": result };
}

function ofChannel({ channel, result }: OfChannel): Labels {
  return { "urvogel.channel": channel, "urvogel.result": result };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? oneLine(value) : undefined;
}

const HEADERS: TextMapGetter<ReadonlyMap<string, string>> = {
  get: (headers, key) => headers.get(key.toLowerCase()),
  keys: (headers) => [...headers.keys()],
};

function contextOf({ traceContextHeaders }: SpanSource): Context {
  return propagation.extract(ROOT_CONTEXT, traceContextHeaders, HEADERS);
}
