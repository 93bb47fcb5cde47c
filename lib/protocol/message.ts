/**
 * What the wire carries, apart from how it is written.
 *
 * A client sends one kind of message. A server sends three: a {@linkcode PushMessage} to one client, a
 * {@linkcode ReplyMessage} to one message, a {@linkcode BroadcastMessage} to all members of a topic. How each of
 * them looks as a {@linkcode Frame} is the business of a `Serializer`.
 *
 * @module
 */

import type { JsonOrBytes } from "./payload.ts";

/** What one WebSocket message holds: text, or bytes. */
export type Frame = string | Uint8Array<ArrayBuffer>;

/**
 * A message from a client, as it came off the wire.
 *
 * Nothing in it has been checked: refs, topic and event may be JSON values of any type.
 */
export interface ClientMessage {
  /** The ref of the join this message belongs to, or `null`. */
  readonly joinRef: unknown;
  /** The client's name for this message, which the reply repeats, or `null`. */
  readonly ref: unknown;
  /** The topic, a string from any honest client. */
  readonly topic: unknown;
  /** The event, a string from any honest client. */
  readonly event: unknown;
  /** A JSON value, or a `Uint8Array` if it came as a binary frame. */
  readonly payload: JsonOrBytes;
}

/** A message to one client that answers nothing. */
export interface PushMessage {
  /** The ref of the join it belongs to. */
  readonly joinRef: unknown;
  /**
   * `null`, but the join's ref in `phx_close` and `phx_error`: V1 frames carry no join ref, and
   * clients compare.
   */
  readonly ref: unknown;
  /** The topic, as the client wrote it. */
  readonly topic: unknown;
  /** The event. */
  readonly event: string;
  /** An object, or a `Uint8Array` to send it as a binary frame. */
  readonly payload: unknown;
}

/** The answer to one message of a client. */
export interface ReplyMessage {
  /** The ref of the join it belongs to, or `null`. */
  readonly joinRef: unknown;
  /** The ref of the message it answers. */
  readonly ref: unknown;
  /** The topic, as the client wrote it. */
  readonly topic: unknown;
  /** Which of the client's `receive` callbacks is called, such as `"ok"`. */
  readonly status: string;
  /** A JSON value, or a `Uint8Array` to send it as a binary frame. */
  readonly response: unknown;
}

/** A message to all members of a topic, the same for each of them. */
export interface BroadcastMessage {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** An object, or a `Uint8Array` to send it as a binary frame. */
  readonly payload: unknown;
}
