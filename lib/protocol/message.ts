/**
 * The messages of the protocol, independent of their format.
 *
 * A client sends one kind of message. A server sends three: a {@linkcode PushMessage} to one client, a
 * {@linkcode ReplyMessage} to one message, a {@linkcode BroadcastMessage} to all members of a topic. A `Serializer`
 * converts them to and from a {@linkcode Frame}.
 *
 * @module
 */

import type { JsonOrBytes } from "./payload.ts";

/**
 * The content of one WebSocket message: text, or bytes.
 *
 * @category Protocol
 */
export type Frame = string | Uint8Array<ArrayBuffer>;

/**
 * A message from a client, as it was received.
 *
 * Nothing in it has been checked: refs, topic and event may be JSON values of any type.
 *
 * @category Protocol
 */
export interface ClientMessage {
  /** The ref of the join this message belongs to, or `null`. */
  readonly joinRef: unknown;
  /** The client's name for this message, which the reply repeats, or `null`. */
  readonly ref: unknown;
  /** The topic, a string from any well-behaved client. */
  readonly topic: unknown;
  /** The event, a string from any well-behaved client. */
  readonly event: unknown;
  /** A JSON value, or a `Uint8Array` if it came as a binary frame. */
  readonly payload: JsonOrBytes;
}

/**
 * A message to one client that is not a reply.
 *
 * @category Protocol
 */
export interface PushMessage {
  /** The ref of the join it belongs to. */
  readonly joinRef: unknown;
  /**
   * `null`, except in `phx_close` and `phx_error`, which carry the join's ref here: V1 frames have no
   * join ref, and clients compare it. A request to the client carries its reference here.
   */
  readonly ref: unknown;
  /** The topic, as the client wrote it. */
  readonly topic: unknown;
  /** The event. */
  readonly event: string;
  /** An object, or a `Uint8Array` to send it as a binary frame. */
  readonly payload: unknown;
}

/**
 * The reply to one message of a client.
 *
 * @category Protocol
 */
export interface ReplyMessage {
  /** The ref of the join it belongs to, or `null`. */
  readonly joinRef: unknown;
  /** The ref of the message that it replies to. */
  readonly ref: unknown;
  /** The topic, as the client wrote it. */
  readonly topic: unknown;
  /** Which of the client's `receive` callbacks is called, such as `"ok"`. */
  readonly status: string;
  /** A JSON value, or a `Uint8Array` to send it as a binary frame. */
  readonly response: unknown;
}

/**
 * A message to all members of a topic, the same for each of them.
 *
 * @category Protocol
 */
export interface BroadcastMessage {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** An object, or a `Uint8Array` to send it as a binary frame. */
  readonly payload: unknown;
  /**
   * Its position in the history of the topic, for the `ref` of the frame. It has a colon, as no other reference has, and
   * is absent if the topic has no history. A binary frame has no place for it.
   */
  readonly position?: string | undefined;
  /** Whether it is sent again, to a client that has missed it. */
  readonly isReplayed?: boolean | undefined;
}
