/**
 * Lets a tracer run the callbacks of sockets and channels inside a span, so that what they do becomes part of it.
 *
 * Telemetry events come when a callback is done, which is too late for a context. The tracer is asked only for what is
 * watched anyway, because `urvogel:socket:connected`, `urvogel:channel:joined` or `urvogel:channel:handled_in` has
 * listeners.
 *
 * @module
 */

import { attempt } from "../base/attempt.ts";
import { consoleLog, type Report } from "../base/log.ts";
import { scheduler } from "../base/scheduler.ts";
import type { PeerData } from "../transport/request/connect_info.ts";
import type { SocketConnectedEvent } from "../transport/telemetry.ts";
import type { JoiningSocket } from "./joining_socket.ts";
import type { ChannelHandledInEvent, ChannelJoinedEvent } from "./telemetry.ts";

/** A client about whose connection is about to be decided. */
export interface ConnectWork {
  /** The callback. */
  readonly callback: "connect";
  /** The class of the socket, or the path of a driver that has no class. */
  readonly socket: string;
  /** The client's transport. */
  readonly transport: string;
  /** The version of the protocol that the client requested, as it wrote it. */
  readonly vsn: unknown;
  /** The client's address, if it is known. */
  readonly address: string | undefined;
  /** The other end of the TCP connection: the client, or a proxy in front of it. */
  readonly peer: PeerData | undefined;
  /** The trace headers of the connection. The same object for all work of a connection. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/** A join that is about to be decided, or a message that is about to be handled. */
export interface HandlerWork {
  /** The callback. */
  readonly callback: "join" | "handle_in";
  /** The class of the channel. */
  readonly channel: string;
  /** The channel's connection. */
  readonly socket: JoiningSocket<object>;
  /** The event as the client sent it; `undefined` for a join. */
  readonly event: unknown;
  /** The trace headers of the connection. The same object for all work of a connection. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/** The result of a callback, as its telemetry event has it. */
export type HandlerResult =
  | SocketConnectedEvent["result"]
  | ChannelJoinedEvent["result"]
  | ChannelHandledInEvent["result"];

/** The span of a handler. */
export interface HandlerSpan {
  /** Calls `work` in the context of the span, and returns what it returns. */
  run<R>(work: () => R): R;
  /** The callback has returned, or its promise has settled. */
  end(result: HandlerResult): void;
}

/** Creates the spans of handlers. */
export type HandlerTracer = (work: ConnectWork | HandlerWork) => HandlerSpan;

/** The tracers of this thread: usually none, or one. */
class HandlerTracing {
  readonly #tracers = new Set<HandlerTracer>();

  /** Adds a tracer, until the result is disposed. */
  add(tracer: HandlerTracer): Disposable {
    const stack = new DisposableStack();
    this.#tracers.add(tracer);
    stack.defer(() => void this.#tracers.delete(tracer));
    stack.use(scheduler.keepContexts()); // a span is current only for what its handler has begun
    return stack;
  }

  /** Begins the span of a handler; `undefined` if nobody traces. A tracer that throws is reported and left out. */
  begin(work: () => ConnectWork | HandlerWork): HandlerSpan | undefined {
    if (this.#tracers.size === 0) return undefined;
    const spans: HandlerSpan[] = [];
    for (const tracer of this.#tracers) attempt(() => void spans.push(tracer(work())), reportFailure);
    return {
      run: (work) => spans.reduce((inner, span) => () => span.run(inner), work)(),
      end: (result) => {
        for (const span of spans) attempt(() => span.end(result), reportFailure);
      },
    };
  }
}

/** The tracers of this thread. */
export const handlerTracing: HandlerTracing = new HandlerTracing();

function reportFailure(error: unknown): void {
  consoleLog.write("error", error, FAILED);
}

const FAILED: Report<unknown> = {
  kind: "failed tracer",
  describe: (error) => ({ message: "a tracer of handlers failed", fields: { error } }),
};
