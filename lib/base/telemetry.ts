/**
 * Telemetry events: what happened, for whoever listens.
 *
 * Events go out through `node:diagnostics_channel`, where tracers and loggers of any make find them, and cost a
 * property read while nobody listens. They are named `urvogel:<who>:<what happened>`; all of them, with their types, are
 * in `lib/endpoint/telemetry_events.ts`. What a listener throws there ends the program; users listen with `onTelemetry`,
 * which catches it.
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

import { type Channel, channel } from "node:diagnostics_channel";

/** One kind of event, with `T` telling what happened. */
export class TelemetryEvent<T extends object> {
  /** The name under which listeners find it. */
  readonly name: string;
  readonly #channel: Channel;

  /** Use {@linkcode telemetryEvent}. */
  constructor(name: string) {
    this.name = name;
    this.#channel = channel(name);
  }

  /** Whether anybody listens: ask before an event that is costly to describe. */
  get hasListeners(): boolean {
    return this.#channel.hasSubscribers; // of a class, not of an object literal: that took thirty times as long
  }

  /** Tells all listeners. */
  emit(event: T): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
  }
}

/** Declares the event `name`. */
export function telemetryEvent<T extends object>(name: string): TelemetryEvent<T> {
  return new TelemetryEvent(name);
}
