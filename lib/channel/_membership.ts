/**
 * One connection's place in one topic: encodes a channel's messages in the connection's format.
 *
 * @module
 */

import { byteLength } from "../base/byte_length.ts";
import { CHANNEL_CRASH } from "../protocol/error_reasons.ts";
import { HISTORY_STATE, PHX_CLOSE, PHX_ERROR } from "../protocol/events.ts";
import type { ClientMessage, Frame } from "../protocol/message.ts";
import type { Serializer } from "../protocol/serializer.ts";
import { type EventSet, type Fastlane, NO_EVENTS } from "../pubsub/fastlane.ts";
import type { Connection } from "../transport/connection.ts";
import { type Lane, NEVER_DROP, type SlowReaderPolicy } from "../transport/outbox.ts";
import type { LimitName } from "../limits/limit_name.ts";
import { limitHit } from "../limits/telemetry.ts";
import { Backlog, BacklogShare } from "../limits/backlog.ts";
import { HeldFrames, Holding } from "./_held_frames.ts";
import { type MarkedPush, MarkedPushes } from "./history/_marked_pushes.ts";
import { encodeOwn } from "./_own_frame.ts";
import { channelPushed, channelReplied } from "./telemetry.ts";

/** Writes the frames of one join. */
export class Membership implements Fastlane<Frame>, Lane {
  readonly topic: string;
  readonly encoder: Serializer;
  /** The backlog that counts the client's waiting messages to this topic. */
  readonly backlog: BacklogShare;
  intercepts: EventSet = NO_EVENTS;
  slowReader: SlowReaderPolicy = NEVER_DROP;
  readonly #joinRef: unknown;
  readonly #frameRef: unknown;
  readonly #connection: Connection;
  #held: HeldFrames | undefined;
  #marked: MarkedPushes | undefined; // while a handler of a numbered broadcast runs

  /** Creates the membership that a join requested. */
  constructor(
    topic: string,
    { joinRef, ref }: Pick<ClientMessage, "joinRef" | "ref">,
    encoder: Serializer,
    connection: Connection,
    backlog: BacklogShare = new BacklogShare(new Backlog(Infinity)),
  ) {
    this.topic = topic;
    this.backlog = backlog;
    this.encoder = encoder;
    this.#joinRef = joinRef;
    this.#frameRef = joinRef === null || joinRef === false ? ref : joinRef; // `join_ref || ref` in Phoenix
    this.#connection = connection;
  }

  /** The `join_ref` of the join, as the client sent it: its other messages are compared with it. */
  get joinRef(): unknown {
    return this.#joinRef;
  }

  /** The `join_ref` of the channel's pushes and replies: that of the join, or the join's `ref` where it sent none. */
  get frameRef(): unknown {
    return this.#frameRef;
  }

  /** The name of the connection's transport. */
  get transport(): string {
    return this.#connection.transport;
  }

  /** Sends these events to the channel's mailbox instead of the client. */
  intercept(events: EventSet): void {
    this.intercepts = events;
  }

  /** Sends a broadcast. */
  write(frame: Frame): void {
    this.#send(frame, this);
  }

  /**
   * Replies to the push `ref` with a response of the application. @throws The error of the format, which belongs to the
   * application.
   */
  reply(ref: unknown, status: string, response: unknown = {}): void {
    this.#sendReply(this.#encodeReply(ref, status, response), ref, status);
  }

  /** Confirms that the client has left, as its message `ref` asked for. */
  replyLeft(ref: unknown): void {
    const frame = encodeOwn(this.#connection, () => this.#encodeReply(ref, "ok", {}));
    if (frame !== undefined) this.#sendReply(frame, ref, "ok");
  }

  /** Encodes the reply to the join `ref`. @throws The error of the format. */
  encodeJoinReply(ref: unknown, status: string, response: unknown = {}): Frame {
    return this.encoder.encodeReply({ joinRef: this.#joinRef, ref, topic: this.topic, status, response });
  }

  /**
   * Sends an event of the application.
   *
   * @param ref The reference of a request, if it is one.
   * @throws The error of the format.
   */
  push(event: string, payload: unknown, ref: string | null = null): void {
    if (this.#marked !== undefined && ref === null) return this.#pushMarked(this.#marked, event, payload);
    this.pushFrame(event, this.#encodePush(event, payload, ref));
  }

  /** Sends the client where it stands in the history of the topic. */
  pushState(state: object): void {
    for (const frame of this.encodeState(state)) this.#send(frame);
  }

  /** Encodes where the client stands: one frame, or none if the format is broken and the connection closes. */
  encodeState(state: object): readonly Frame[] {
    const frame = encodeOwn(this.#connection, () => this.#encodePush(HISTORY_STATE, state, null));
    return frame === undefined ? [] : [frame];
  }

  /** The next pushes belong to a numbered broadcast: the last of them carries its position. */
  mark(position: string): void {
    this.#marked = new MarkedPushes(position);
  }

  /** The last push was sent; without any, the client gets the position alone. */
  settleMarked(): void {
    const marked = this.#marked;
    if (!marked) return;
    const last = marked.take();
    this.#marked = undefined;
    if (last) this.pushFrame(last.event, last.frame);
    if (!last || last.payload instanceof Uint8Array) this.pushState({ position: marked.position });
  }

  /** The handler has failed. What it pushed last is not sent. */
  discardMarked(): void {
    this.#marked = undefined;
  }

  #pushMarked(marked: MarkedPushes, event: string, payload: unknown): void {
    const frame = this.#encodePush(event, payload, marked.position);
    const before = marked.put({ event, payload, frame });
    if (before) this.#pushUnmarked(before);
  }

  /** Sends a push that is not the last one, without a position. */
  #pushUnmarked({ event, payload }: MarkedPush): void {
    const frame = encodeOwn(this.#connection, () => this.#encodePush(event, payload, null));
    if (frame === undefined) return;
    if (channelPushed.hasListeners) channelPushed.emit({ topic: this.topic, event, bytes: byteLength(frame) });
    this.#put(frame);
  }

  #encodePush(event: string, payload: unknown, ref: string | null): Frame {
    return this.encoder.encodePush({ joinRef: this.#frameRef, ref, topic: this.topic, event, payload });
  }

  /** Sends an event of the application as the frame that {@linkcode encoder} made of it. */
  pushFrame(event: string, frame: Frame): void {
    if (channelPushed.hasListeners) channelPushed.emit({ topic: this.topic, event, bytes: byteLength(frame) });
    this.#send(frame);
  }

  /** Sends the client `phx_close`: the channel stopped. */
  writeClose(): void {
    this.#writeEnd(PHX_CLOSE, {});
  }

  /** Sends the client `phx_error`: the channel failed. */
  writeError(reason: string = CHANNEL_CRASH): void {
    this.#writeEnd(PHX_ERROR, { reason });
  }

  /** Reports that the channel has reached one of its limits. */
  reportLimit(limit: LimitName, max: number): void {
    limitHit(limit, { max, connection: this.#connection, topic: this.topic });
  }

  /** Holds frames back until {@linkcode release}, as long as the connection has room for them. */
  hold(): void {
    this.#held ??= new HeldFrames(Holding.of(this.#connection));
  }

  /** Sends the frames that were held back. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    for (const frame of held?.takeAll() ?? []) this.#connection.send(frame);
  }

  #encodeReply(ref: unknown, status: string, response: unknown): Frame {
    return this.encoder.encodeReply({ joinRef: this.#frameRef, ref, topic: this.topic, status, response });
  }

  #sendReply(frame: Frame, ref: unknown, status: string): void {
    if (channelReplied.hasListeners) {
      channelReplied.emit({ topic: this.topic, ref, status, bytes: byteLength(frame) });
    }
    this.#send(frame);
  }

  #send(frame: Frame, lane?: Lane): void {
    if (this.#marked !== undefined) this.#flushMarked(this.#marked);
    this.#put(frame, lane);
  }

  /** What a handler pushed before another frame goes before it, too. */
  #flushMarked(marked: MarkedPushes): void {
    const last = marked.take();
    if (last) this.#pushUnmarked(last);
  }

  /** Sends a frame, or holds it back while the membership begins or is being replaced. */
  #put(frame: Frame, lane?: Lane): void {
    if (this.#held) this.#held.put(frame, lane);
    else this.#connection.send(frame, lane);
  }

  // The join's reference in both places: clients of protocol V1 compare `ref`.
  #writeEnd(event: string, payload: object): void {
    const push = { joinRef: this.#joinRef, ref: this.#joinRef, topic: this.topic, event, payload };
    const frame = encodeOwn(this.#connection, () => this.encoder.encodePush(push));
    if (frame !== undefined) this.#send(frame);
  }
}
