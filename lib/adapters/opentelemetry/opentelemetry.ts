/**
 * Creates OpenTelemetry spans and metrics from the telemetry events, and reads the numbers of endpoints.
 *
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { instrument } from "@urvogel/realtime/opentelemetry";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const end = instrument({ endpoints: [endpoint] }); // with the global providers, such as Deno's: OTEL_DENO=true
 * end();
 * ```
 *
 * | span | kind | when |
 * | --- | --- | --- |
 * | `connect UserSocket` | server | a client connects, while `connect` decides |
 * | `join RoomChannel` | server | it joins a topic |
 * | `handle_in RoomChannel` | server | a handler handles its message |
 *
 * Their parent is the context that the client sent with its handshake (`traceparent`), if any: browsers cannot send
 * one, other clients can. With `OTEL_DENO=true` the span of `connect` is a child of the handshake's HTTP request, which
 * belongs to that context. Joins and messages link to the span of `connect`. A span is current while its callback runs,
 * so spans of its own work, such as `fetch` or a query, are its children, and those of a server that it calls. (A server
 * that has several messages to handle handles them all in the span of the one that woke it.) Your sampler decides how
 * many are kept.
 *
 * The metrics are in [a table](https://github.com/urvogel/realtime/blob/main/examples/guides/observability.md), with a
 * sentence on how to read each. Their attributes begin with `urvogel.` and never hold a topic, an event, a user or a
 * payload: clients choose those, and each new value would take memory forever. Spans have the topic and the event.
 *
 * What is read from endpoints whose PubSub has an adapter has the attribute `urvogel.node`, the name of the node: add up
 * over it. The threads of a Deno program share one meter, which adds up counters by itself.
 *
 * @module
 */

import { metrics, trace } from "@opentelemetry/api";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import type { TelemetrySubscription } from "../../endpoint/on_telemetry.ts";
import { measure } from "../metrics/_instruments.ts";
import type { InstrumentDetails, InstrumentMeter, Labels, ObservableInstrument, Observer } from "../metrics/_meter.ts";
import { type SpanTracer, traceWith } from "./_spans.ts";

export type {
  InstrumentDetails,
  InstrumentMeter,
  Labels,
  ObservableInstrument,
  Observer,
  SpanTracer,
  TelemetrySubscription,
};

/** Options for {@linkcode instrument}: where spans and metrics go. */
export interface InstrumentOptions {
  /**
   * The endpoints whose connections, channels, mailboxes and so on are read when metrics are collected. Without one,
   * only what happens is counted.
   *
   * @default {[]}
   */
  readonly endpoints?: readonly Endpoint[];
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

/**
 * Starts creating spans and metrics for all endpoints of this thread.
 *
 * @example Usage
 * ```ts
 * import { Endpoint } from "@urvogel/realtime";
 * import { instrument } from "@urvogel/realtime/opentelemetry";
 *
 * const endpoint = new Endpoint({ sockets: {} });
 * const end = instrument({ endpoints: [endpoint] });
 * end(); // a server lets it run; a test may say `using _telemetry = instrument(...)`
 * ```
 *
 * @param options The endpoints that are read, and where spans and metrics go; by default to OpenTelemetry's global
 * providers.
 * @returns A function that stops it.
 */
export function instrument(
  { endpoints = [], tracer = trace.getTracer(SCOPE), meter = metrics.getMeter(SCOPE) }: InstrumentOptions = {},
): TelemetrySubscription {
  const stack = new DisposableStack();
  stack.use(traceWith(tracer));
  stack.use(measure(meter, endpoints, nodeOf(endpoints)));
  const end = () => stack.dispose();
  return Object.assign(end, { [Symbol.dispose]: end });
}

/**
 * The attribute of all numbers that are read. The threads of a Deno program share one meter: of several numbers with the
 * same attributes, all but the last would be lost.
 */
function nodeOf([endpoint]: readonly Endpoint[]): Labels {
  return endpoint && !endpoint.pubsub.isLocal ? { "urvogel.node": endpoint.pubsub.nodeName } : {};
}
