/**
 * The message that PubSub delivers.
 *
 * @module
 */

/**
 * A {@linkcode Broadcast} as plain data, as it is sent between nodes.
 *
 * @category PubSub
 */
export type BroadcastData = Pick<Broadcast, "topic" | "event" | "payload">;

/**
 * An event sent to all subscribers of a topic. Phoenix's `%Broadcast{}`.
 *
 * @category PubSub
 */
export class Broadcast {
  /** The topic, whose subscribers receive the broadcast. */
  readonly topic: string;
  /** The name of the event. */
  readonly event: string;
  /** The data of the event. For clients of protocol V2 it must be an object or a `Uint8Array`. */
  readonly payload: unknown;
  /** Its position in the history of the topic; `undefined` if it was not numbered. */
  readonly position: string | undefined;

  /** Creates a broadcast. */
  constructor(topic: string, event: string, payload: unknown, position?: string) {
    this.topic = topic;
    this.event = event;
    this.payload = payload;
    this.position = position;
  }
}
