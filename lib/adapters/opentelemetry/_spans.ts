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
import {
  type ConnectWork,
  type HandlerResult,
  type HandlerSpan,
  handlerTracing,
  type HandlerWork,
} from "../../channel/handler_tracing.ts";
import { onTelemetry } from "../../endpoint/on_telemetry.ts";

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

type TracerSpan = ReturnType<SpanTracer["startSpan"]>;
type Headers = ReadonlyMap<string, string>;

const FAILURES: ReadonlySet<string> = new Set(["failed", "crashed"]);

/** Creates spans with `tracer` until the result is disposed. */
export function traceWith(tracer: SpanTracer): Disposable {
  const spans = new Spans(tracer);
  const stack = new DisposableStack();
  // Connects, joins and messages are traced only if these have listeners.
  for (const name of ["urvogel:socket:connected", "urvogel:channel:joined", "urvogel:channel:handled_in"] as const) {
    stack.use(onTelemetry(name, () => {}));
  }
  stack.use(handlerTracing.add((work) => work.callback === "connect" ? spans.connecting(work) : spans.handling(work)));
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

  /** A span that is current while `connect` runs. */
  connecting({ socket, transport, vsn, address, peer, traceContextHeaders }: ConnectWork): HandlerSpan {
    const attributes: Attributes = {
      "urvogel.socket": socket,
      "urvogel.transport": transport,
      "urvogel.vsn": text(vsn),
      ...(address !== undefined && { "client.address": address }),
      ...(peer && peer.hostname === address && { "client.port": peer.port }),
    };
    const parent = handshakeContextOf(traceContextHeaders);
    const span = this.#start(`connect ${socket}`, { attributes }, parent);
    this.#handshakes.set(traceContextHeaders, span.spanContext());
    return spanning(span, parent);
  }

  /** A span that is current while the callback runs. */
  handling({ callback, channel, socket, event, traceContextHeaders }: HandlerWork): HandlerSpan {
    const attributes: Attributes = {
      "urvogel.channel": channel,
      "urvogel.topic": oneLine(socket.topic),
      ...(callback === "handle_in" && { "urvogel.event": text(event) }),
    };
    const parent = contextOf(traceContextHeaders);
    const links = this.#linksOf(traceContextHeaders);
    return spanning(this.#start(`${callback} ${channel}`, { attributes, links }, parent), parent);
  }

  #start(name: string, options: SpanOptions, parent: Context): TracerSpan {
    return this.#tracer.startSpan(name, { kind: SpanKind.SERVER, ...options }, parent);
  }

  #linksOf(headers: Headers): Link[] {
    const handshake = this.#handshakes.get(headers);
    return handshake ? [{ context: handshake }] : [];
  }
}

/** Spans of what the callback does are children of `span`. */
function spanning(span: TracerSpan, parent: Context): HandlerSpan {
  const inside = trace.setSpan(parent, span as Span);
  return {
    run: (work) => context.with(inside, work),
    end(result: HandlerResult): void {
      span.setAttribute("urvogel.result", result);
      if (FAILURES.has(result)) span.setStatus({ code: SpanStatusCode.ERROR, message: result });
      span.end();
    },
  };
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

/**
 * The context of a handshake: the span of its HTTP request, where something makes one, such as Deno with
 * `OTEL_DENO=true`; otherwise the span of the client. The former is a part of the client's trace if it sent one.
 */
function handshakeContextOf(headers: Headers): Context {
  const sent = contextOf(headers);
  const current = context.active();
  const [ofClient, ofRequest] = [sent, current].map((context) => trace.getSpanContext(context)?.traceId);
  return ofRequest !== undefined && (ofClient ?? ofRequest) === ofRequest ? current : sent;
}
