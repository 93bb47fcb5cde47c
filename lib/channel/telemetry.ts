/**
 * The telemetry events of sockets and channels.
 *
 * @module
 */

import { telemetryEvent } from "../base/telemetry.ts";
import type { Issue } from "../contract/issue.ts";
import type { JoiningSocket } from "./joining_socket.ts";

/**
 * A client sent a frame that is not a valid message.
 *
 * @category Telemetry and logs
 */
export interface MalformedFrameEvent {
  /** What was wrong with it. */
  readonly error: Error;
}

/**
 * The fields that all channel events have.
 *
 * @category Telemetry and logs
 */
export interface ChannelEvent {
  /** The class of the channel. */
  readonly channel: string;
  /** The channel's connection, with its topic, id, assigns and process. For reading only. */
  readonly socket: JoiningSocket<object>;
  /** The duration in milliseconds. */
  readonly durationMs: number;
  /** The parameters or the payload, with secrets hidden. Computed on access. */
  readonly params: unknown;
  /** `traceparent` and `tracestate` of the connection, if it had them and there was a listener when it was opened. */
  readonly traceContextHeaders: ReadonlyMap<string, string>;
}

/**
 * A join was decided. Phoenix's `[:phoenix, :channel_joined]`.
 *
 * @category Telemetry and logs
 */
export interface ChannelJoinedEvent extends ChannelEvent {
  /** `"abandoned"` if the client left or disconnected first. */
  readonly result: "ok" | "refused" | "crashed" | "abandoned";
  /** Why it was refused: the reason passed to `refuse(...)`, with secrets hidden, or the limit. Computed on access. */
  readonly reason: unknown;
}

/**
 * A handler has finished with a message of a client; if it returned a promise, after that has settled. Phoenix's
 * `[:phoenix, :channel_handled_in]`.
 *
 * @category Telemetry and logs
 */
export interface ChannelHandledInEvent extends ChannelEvent {
  /** The event as the client sent it. It is untrusted text: escape it in logs and do not use it as a metric label. */
  readonly event: unknown;
  /** The client's reference; `null` if it does not expect a reply. */
  readonly ref: unknown;
  /** `"failed"` if the handler threw or returned something invalid. */
  readonly result: "ok" | "failed";
}

/**
 * A client sent something that does not fit the contract of a channel, which did not get it.
 *
 * @category Telemetry and logs
 */
export interface ChannelInvalidEvent {
  /** The class of the channel. */
  readonly channel: string;
  /** The channel's connection, with its id, assigns and process. For reading only. */
  readonly socket: JoiningSocket<object>;
  /** The topic. */
  readonly topic: string;
  /**
   * The event as the client sent it; `"phx_join"` for the parameters of a join. It is untrusted text: escape it in logs
   * and do not use it as a metric label.
   */
  readonly event: unknown;
  /**
   * Why it was refused: `"invalid payload"`; `"unmatched event"` if the contract has no such event; `"invalid answer"`
   * for the answer to a request, whose event is `event`.
   */
  readonly reason: string;
  /** What is wrong with the payload. Messages about secret keys are hidden. Computed on access. */
  readonly issues: readonly Issue[];
}

/**
 * A channel sent an event to its client.
 *
 * @category Telemetry and logs
 */
export interface ChannelPushedEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /** The size of the frame in bytes. */
  readonly bytes: number;
}

/**
 * A channel replied to its client.
 *
 * @category Telemetry and logs
 */
export interface ChannelRepliedEvent {
  /** The topic. */
  readonly topic: string;
  /** The client's reference of the message that it replies to. */
  readonly ref: unknown;
  /** The status, such as `"ok"`. */
  readonly status: string;
  /** The size of the frame in bytes. */
  readonly bytes: number;
}

/**
 * A request to a client has ended.
 *
 * @category Telemetry and logs
 */
export interface ClientRequestedEvent {
  /** The topic. */
  readonly topic: string;
  /** The event. */
  readonly event: string;
  /**
   * How: `"ok"` and `"error"` as the client answered, `"invalid"` if that does not fit the contract, `"ended"` if its
   * channel ended or the client left or disconnected, `"aborted"` by the caller's signal.
   */
  readonly result: "ok" | "error" | "invalid" | "timeout" | "ended" | "aborted";
  /** How long it was waited for, in milliseconds. */
  readonly durationMs: number;
}

/**
 * An answer of a client was ignored.
 *
 * @category Telemetry and logs
 */
export interface AnswerIgnoredEvent {
  /** The topic. */
  readonly topic: string;
  /** Why: no request waits for it, such as after a timeout, or it is not an answer. */
  readonly reason: "late" | "malformed";
}

/**
 * A client sent a push again after it had lost its connection. The push was not handled again.
 *
 * @category Telemetry and logs
 */
export interface PushRepeatedEvent {
  /** The topic. */
  readonly topic: string;
  /** The event as the client sent it. It is untrusted text: escape it in logs and do not use it as a metric label. */
  readonly event: unknown;
  /** Whether it got its reply at once. */
  readonly isReplied: boolean;
}

/**
 * A push was forgotten because there were too many, or their replies too large: sent again, it would be handled again.
 *
 * @category Telemetry and logs
 */
export interface PushForgottenEvent {
  /** The topic. */
  readonly topic: string;
  /** Whether it had its reply. */
  readonly isReplied: boolean;
}

/** `urvogel:socket:malformed_frame` */
export const malformedFrame = telemetryEvent<MalformedFrameEvent>("urvogel:socket:malformed_frame");

/** `urvogel:channel:joined` */
export const channelJoined = telemetryEvent<ChannelJoinedEvent>("urvogel:channel:joined");

/** `urvogel:channel:handled_in` */
export const channelHandledIn = telemetryEvent<ChannelHandledInEvent>("urvogel:channel:handled_in");

/** `urvogel:channel:invalid` */
export const channelInvalid = telemetryEvent<ChannelInvalidEvent>("urvogel:channel:invalid");

/** `urvogel:channel:pushed` */
export const channelPushed = telemetryEvent<ChannelPushedEvent>("urvogel:channel:pushed");

/** `urvogel:channel:replied` */
export const channelReplied = telemetryEvent<ChannelRepliedEvent>("urvogel:channel:replied");

/** `urvogel:channel:requested` */
export const clientRequested = telemetryEvent<ClientRequestedEvent>("urvogel:channel:requested");

/** `urvogel:channel:answer_ignored` */
export const answerIgnored = telemetryEvent<AnswerIgnoredEvent>("urvogel:channel:answer_ignored");

/** `urvogel:channel:push_repeated` */
export const pushRepeated = telemetryEvent<PushRepeatedEvent>("urvogel:channel:push_repeated");

/** `urvogel:channel:push_forgotten` */
export const pushForgotten = telemetryEvent<PushForgottenEvent>("urvogel:channel:push_forgotten");
