/**
 * How many broadcasts each topic gets, and the last of them, while somebody looks.
 *
 * @module
 */

import { onTelemetry, type TelemetrySubscription } from "../../endpoint/on_telemetry.ts";
import { shortText } from "./_plain.ts";

/** What was broadcast to a topic since somebody looks. */
export interface TopicRate {
  /** Broadcasts a second in the last seconds. */
  readonly broadcastsPerSecond: number;
  /** The names of the last events, the latest first. */
  readonly lastEvents: readonly string[];
}

interface Counted {
  window: number;
  count: number;
  countBefore: number;
  readonly lastEvents: string[];
}

const WINDOW_MS = 5_000;
const KEPT_EVENTS = 5;
/** How much of the name of an event is kept, in characters. */
const LONGEST_NAME = 100;
/** How many topics are counted. Of more, the one that was silent for longest is forgotten. */
const MOST_TOPICS = 10_000;

/** Counts broadcasts. */
export class TopicRates implements Disposable {
  readonly #topics = new Map<string, Counted>();
  readonly #subscription: TelemetrySubscription;

  /** Begins to count. */
  constructor() {
    this.#subscription = onTelemetry("urvogel:pubsub:broadcast", ({ topic, event }) => this.#add(topic, event));
  }

  /** The rate of a topic. */
  of(topic: string): TopicRate {
    const lastEvents = this.#topics.get(topic)?.lastEvents.toReversed() ?? [];
    return { broadcastsPerSecond: Math.round(this.perSecond(topic) * 10) / 10, lastEvents };
  }

  /** Broadcasts to a topic a second in the last seconds. */
  perSecond(topic: string): number {
    const counted = this.#topics.get(topic);
    if (!counted) return 0;
    move(counted);
    // The window before counts as much as the running one does not cover yet.
    const part = 1 - (Date.now() % WINDOW_MS) / WINDOW_MS;
    return (counted.count + counted.countBefore * part) * 1_000 / WINDOW_MS;
  }

  /** Ends it. */
  [Symbol.dispose](): void {
    this.#subscription();
  }

  #add(topic: string, event: string): void {
    const counted = this.#topics.get(topic) ?? { window: 0, count: 0, countBefore: 0, lastEvents: [] };
    this.#topics.delete(topic); // to become the latest
    this.#topics.set(topic, counted);
    move(counted);
    counted.count++;
    counted.lastEvents.push(shortText(event, LONGEST_NAME));
    if (counted.lastEvents.length > KEPT_EVENTS) counted.lastEvents.shift();
    if (this.#topics.size > MOST_TOPICS) this.#topics.delete(this.#topics.keys().next().value!);
  }
}

/** Goes on to the window of now. */
function move(counted: Counted): void {
  const window = Math.floor(Date.now() / WINDOW_MS);
  if (counted.window === window) return;
  counted.countBefore = counted.window === window - 1 ? counted.count : 0;
  counted.count = 0;
  counted.window = window;
}
