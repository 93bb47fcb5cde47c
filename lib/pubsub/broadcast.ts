/**
 * The message that PubSub carries.
 *
 * @module
 */

/** What travels between nodes: a {@linkcode Broadcast} without its class. */
export type BroadcastData = Pick<Broadcast, "topic" | "event" | "payload">;

/** An event for everybody who subscribed to a topic. Phoenix's `%Broadcast{}`. */
export class Broadcast {
  /** Who gets it: the subscribers of this topic. */
  readonly topic: string;
  /** What happened. */
  readonly event: string;
  /** More about it: an object or a `Uint8Array` where clients of protocol V2 are to get it. */
  readonly payload: unknown;

  /** Creates a broadcast. */
  constructor(topic: string, event: string, payload: unknown) {
    this.topic = topic;
    this.event = event;
    this.payload = payload;
  }
}
