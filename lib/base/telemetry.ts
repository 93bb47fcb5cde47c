/**
 * Telemetry events: what happened, for whoever listens.
 *
 * Events go out through `node:diagnostics_channel`, where tracers and loggers of any make find them, and cost a
 * property read while nobody listens. They are named `urvogel:<who>:<what happened>`; all of them, with their types, are
 * in `lib/endpoint/telemetry_events.ts`.
 *
 * @example Usage
 * ```ts
 * import { subscribe } from "node:diagnostics_channel";
 *
 * subscribe("urvogel:process:crashed", (report) => console.error(report));
 * ```
 *
 * @module
 */

import { channel } from "node:diagnostics_channel";

/** One kind of event, with `T` telling what happened. */
export interface TelemetryEvent<T> {
  /** The name under which listeners find it. */
  readonly name: string;
  /** Whether anybody listens: ask before an event that is costly to describe. */
  readonly hasListeners: boolean;
  /** Tells all listeners. */
  emit(event: T): void;
}

/** Declares the event `name`. */
export function telemetryEvent<T extends object>(name: string): TelemetryEvent<T> {
  const events = channel(name);
  return {
    name,
    get hasListeners(): boolean {
      return events.hasSubscribers;
    },
    emit(event: T): void {
      if (events.hasSubscribers) events.publish(event);
    },
  };
}
