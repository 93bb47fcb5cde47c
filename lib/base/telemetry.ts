/**
 * Telemetry events: they report to listeners what happens in the server.
 *
 * Events are published through `node:diagnostics_channel`, where any tracer or logger can subscribe, and cost a
 * property read while there is no listener. They are named `urvogel:<who>:<what happened>`; all of them, with their
 * types, are in `lib/endpoint/telemetry_events.ts`. An error that such a listener throws ends the program; users listen
 * with `onTelemetry`, which catches it.
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

/** One kind of event; `T` describes what happened. */
export class TelemetryEvent<T extends object> {
  /** The name that listeners subscribe to. */
  readonly name: string;
  readonly #channel: Channel;

  /** Creates an event. Use {@linkcode telemetryEvent} instead. */
  constructor(name: string) {
    this.name = name;
    this.#channel = channel(name);
  }

  /** Whether there are listeners: check it before an event that is expensive to describe. */
  get hasListeners(): boolean {
    return this.#channel.hasSubscribers; // of a class, not of an object literal: that took thirty times as long
  }

  /** Sends the event to all listeners. */
  emit(event: T): void {
    if (this.#channel.hasSubscribers) this.#channel.publish(event);
  }
}

/** Declares the event `name`. */
export function telemetryEvent<T extends object>(name: string): TelemetryEvent<T> {
  return new TelemetryEvent(name);
}
