/**
 * What sockets and channels tell those who listen.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { JoiningSocket } from "./joining_socket.ts";

/** A client sent something that is no message. */
export interface MalformedFrameEvent {
  /** What was wrong with it. */
  readonly error: Error;
}

/** A channel, as events show it. */
export interface ChannelEvent {
  /** The class of the channel. */
  readonly channel: string;
  /** The connection in this channel: its topic, id, assigns and process. To look at, not to change. */
  readonly socket: JoiningSocket<object>;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  /** What the client sent along, with secrets hidden. Made when looked at. */
  readonly params: unknown;
  /** `traceparent` and `tracestate` of the connection, if it had them and somebody listened when it was made. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/** A join was decided. Phoenix's `[:phoenix, :channel_joined]`. */
export interface ChannelJoinedEvent extends ChannelEvent {
  /** `"abandoned"` if the connection was gone first. */
  readonly result: "ok" | "refused" | "crashed" | "abandoned";
  /** Why it was refused: what `refuse(...)` was given, with secrets hidden, or the limit. Made when looked at. */
  readonly reason: unknown;
}

/**
 * A handler is done with what a client sent: if it returned a promise, when that has settled. Phoenix's
 * `[:phoenix, :channel_handled_in]`.
 */
export interface ChannelHandledInEvent extends ChannelEvent {
  /** The event, as the client wrote it: text from outside, which belongs escaped into a log, and not into a metric. */
  readonly event: unknown;
  /** The client's reference; `null` if it does not expect an answer. */
  readonly ref: unknown;
  /** Whether the handler threw, or returned what it may not. */
  readonly result: "ok" | "failed";
}

/** A channel sent an event to its client. */
export interface ChannelPushedEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** How large the frame is. */
  readonly bytes: number;
}

/** A channel answered its client. */
export interface ChannelRepliedEvent {
  /** The topic. */
  readonly topic: string;
  /** What the client called the message that is answered. */
  readonly ref: unknown;
  /** Such as `"ok"`. */
  readonly status: string;
  /** How large the frame is. */
  readonly bytes: number;
}

/** `urvogel:socket:malformed_frame` */
export const malformedFrame = telemetryEvent<MalformedFrameEvent>("urvogel:socket:malformed_frame");

/** `urvogel:channel:joined` */
export const channelJoined = telemetryEvent<ChannelJoinedEvent>("urvogel:channel:joined");

/** `urvogel:channel:handled_in` */
export const channelHandledIn = telemetryEvent<ChannelHandledInEvent>("urvogel:channel:handled_in");

/** `urvogel:channel:pushed` */
export const channelPushed = telemetryEvent<ChannelPushedEvent>("urvogel:channel:pushed");

/** `urvogel:channel:replied` */
export const channelReplied = telemetryEvent<ChannelRepliedEvent>("urvogel:channel:replied");
