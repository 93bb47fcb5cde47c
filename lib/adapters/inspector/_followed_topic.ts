/**
 * What happens in one topic on this node, while somebody follows it.
 *
 * @module
 */

import { onTelemetry, type TelemetrySubscription } from "../../endpoint/on_telemetry.ts";
import type { Endpoint } from "../../endpoint/endpoint.ts";
import { type Plain, plain, shortText } from "./_plain.ts";

/** Something that happened in a topic. */
export interface TopicEvent {
  /** Its number, starting at 1. */
  readonly number: number;
  /** When it happened, in milliseconds since 1970. */
  readonly time: number;
  /** What it was: a client's join or message, a push or reply to one client, or a broadcast. */
  readonly kind: "join" | "in" | "push" | "reply" | "broadcast";
  /** The name of the event. */
  readonly event: string;
  /** What is known besides, such as the payload or the result, with secrets hidden. */
  readonly details: { readonly [key: string]: Plain };
}

/** Events that are kept. */
const KEPT_EVENTS = 200;
/** How much of an event is kept, in characters: a client chooses its name and its payload. */
const LONGEST_NAME = 200;
const MOST_CHARACTERS = 10_000;

/** Keeps the last events of a topic. It listens to telemetry only, so it is no member of the topic. */
export class FollowedTopic implements Disposable {
  readonly #topic: string;
  readonly #endpoint: Endpoint;
  readonly #events: TopicEvent[] = [];
  readonly #subscriptions: readonly TelemetrySubscription[];
  #count = 0;

  /** Begins to listen. */
  constructor(endpoint: Endpoint, topic: string) {
    this.#endpoint = endpoint;
    this.#topic = topic;
    this.#subscriptions = [...this.#joins(), ...this.#messages()];
  }

  /** The events with a higher number than `number`, oldest first. */
  after(number: number): readonly TopicEvent[] {
    return this.#events.filter((event) => event.number > number);
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription();
  }

  #joins(): TelemetrySubscription[] {
    return [onTelemetry("urvogel:channel:joined", ({ socket, result, durationMs, params }) => {
      if (socket.topic === this.#topic) {
        const process = socket.transportPid;
        this.#add("join", "phx_join", { process, result, durationMs, params: this.#endpoint.redact(params) });
      }
    })];
  }

  #messages(): TelemetrySubscription[] {
    return [
      onTelemetry("urvogel:channel:handled_in", ({ socket, event, result, durationMs, params }) => {
        if (socket.topic !== this.#topic) return;
        const payload = this.#endpoint.redact(params);
        this.#add("in", event, { process: socket.transportPid, result, durationMs, payload });
      }),
      onTelemetry("urvogel:channel:pushed", ({ topic, event, bytes }) => {
        if (topic === this.#topic) this.#add("push", event, { bytes });
      }),
      onTelemetry("urvogel:channel:replied", ({ topic, ref, status, bytes }) => {
        if (topic === this.#topic) this.#add("reply", "phx_reply", { ref, status, bytes });
      }),
      onTelemetry("urvogel:pubsub:broadcast", ({ topic, event, payload, clients, processes, bytes }) => {
        if (topic === this.#topic) {
          this.#add("broadcast", event, { payload: this.#endpoint.redact(payload), clients, processes, bytes });
        }
      }),
    ];
  }

  #add(kind: TopicEvent["kind"], event: unknown, details: Readonly<Record<string, unknown>>): void {
    const name = typeof event === "string" ? event : JSON.stringify(plain(event));
    const kept = plain(details, MOST_CHARACTERS) as TopicEvent["details"];
    const number = ++this.#count;
    this.#events.push({ number, time: Date.now(), kind, event: shortText(name, LONGEST_NAME), details: kept });
    if (this.#events.length > KEPT_EVENTS) this.#events.shift();
  }
}
