/**
 * The spans of connects, joins and messages.
 *
 * @module
 */

import {
  type Attributes,
  type Context,
  context,
  type Link,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import { oneLine } from "../../base/printable.ts";
import { type HandlerResult, handlerTracing, type HandlerWork } from "../../channel/handler_tracing.ts";
import { onTelemetry } from "../../endpoint/on_telemetry.ts";
import type { TelemetryEvents } from "../../endpoint/telemetry_events.ts";
import { ofConnect } from "../metrics/_event_metrics.ts";

/** The used part of a `Tracer` of `@opentelemetry/api`. */
export interface SpanTracer {
  /** Starts a span. */
  startSpan(name: string, options?: object, context?: object): {
    setAttribute(name: string, value: string): unknown;
    setStatus(status: { code: number; message?: string }): unknown;
    spanContext(): { traceId: string; spanId: string; traceFlags: number };
    end(endTime?: number): void;
  };
}

type Headers = ReadonlyMap<string, string>;
type Connected = TelemetryEvents["urvogel:socket:connected"];

const FAILURES: ReadonlySet<string> = new Set(["failed", "crashed"]);

/** Creates spans with `tracer` until the result is disposed. */
export function traceWith(tracer: SpanTracer): Disposable {
  const spans = new Spans(tracer);
  const stack = new DisposableStack();
  stack.use(onTelemetry("urvogel:socket:connected", (event) => spans.connected(event)));
  // Joins and messages are traced only if these have listeners.
  for (const name of ["urvogel:channel:joined", "urvogel:channel:handled_in"] as const) {
    stack.use(onTelemetry(name, () => {}));
  }
  stack.use(handlerTracing.add((work) => spans.handling(work)));
  return stack;
}

/** Creates the spans, and remembers those of the handshakes. */
class Spans {
  readonly #tracer: SpanTracer;
  /** The spans of the handshakes, by the object that all work of a connection has. */
  readonly #handshakes = new WeakMap<Headers, SpanContext>();

  constructor(tracer: SpanTracer) {
    this.#tracer = tracer;
  }

  connected(event: Connected): void {
    const { peer, vsn, traceContextHeaders } = event;
    const address: Attributes = peer ? { "client.address": peer.hostname, "client.port": peer.port } : {};
    const attributes = { ...ofConnect(event), ...address, "urvogel.vsn": text(vsn) };
    this.#handshakes.set(traceContextHeaders, this.#past(`connect ${event.socket}`, event, attributes));
  }

  /** A span that is current while the callback runs, so that spans of its own work are its children. */
  handling({ callback, channel, socket, event, traceContextHeaders }: HandlerWork) {
    const attributes: Attributes = {
      "urvogel.channel": channel,
      "urvogel.topic": oneLine(socket.topic),
      ...(callback === "handle_in" && { "urvogel.event": text(event) }),
    };
    const parent = contextOf(traceContextHeaders);
    const options = { kind: SpanKind.SERVER, attributes, links: this.#linksOf(traceContextHeaders) };
    const span = this.#tracer.startSpan(`${callback} ${channel}`, options satisfies SpanOptions, parent);
    const inside = trace.setSpan(parent, span as Span);
    return {
      run: <R>(work: () => R): R => context.with(inside, work),
      end(result: HandlerResult): void {
        span.setAttribute("urvogel.result", result);
        if (FAILURES.has(result)) span.setStatus({ code: SpanStatusCode.ERROR, message: result });
        span.end();
      },
    };
  }

  /** Creates the span of something that has happened. */
  #past(name: string, event: Connected, attributes: Attributes): SpanContext {
    const endTime = performance.timeOrigin + performance.now();
    const startTime = endTime - event.durationMs;
    const { traceContextHeaders, result } = event;
    const options = { kind: SpanKind.SERVER, startTime, attributes };
    const span = this.#tracer.startSpan(name, options satisfies SpanOptions, contextOf(traceContextHeaders));
    if (FAILURES.has(result)) span.setStatus({ code: SpanStatusCode.ERROR, message: result });
    span.end(endTime);
    return span.spanContext();
  }

  #linksOf(headers: Headers): Link[] {
    const handshake = this.#handshakes.get(headers);
    return handshake ? [{ context: handshake }] : [];
  }
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? oneLine(value) : undefined;
}

const HEADERS: TextMapGetter<Headers> = {
  get: (headers, key) => headers.get(key.toLowerCase()),
  keys: (headers) => [...headers.keys()],
};

function contextOf(headers: Headers): Context {
  return propagation.extract(ROOT_CONTEXT, headers, HEADERS);
}
