/**
 * The limits of one client, as set by its socket: its rates, its waiting messages and its joins.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import {
  TOO_MANY_CHANNELS,
  TOO_MANY_JOINS_PER_SECOND,
  TOO_MANY_MESSAGES,
  TOO_MANY_PER_SECOND,
  TOPIC_TOO_LONG,
} from "../protocol/error_reasons.ts";
import { frameWeight, quickWeight } from "../limits/frame_weight.ts";
import type { SocketLimits } from "../limits/limit_set.ts";
import { TokenBucket } from "../limits/token_bucket.ts";
import type { Frame } from "../protocol/message.ts";
import { Backlog } from "../limits/backlog.ts";
import type { Excess } from "../limits/excess.ts";

/** Below this fraction of the queue limit, frames are not scanned: a text takes at most 46 times its length. */
const IDLE_PART = 512;

/** The limits of one connection. */
export class ClientLimits {
  /** The messages that wait for its channels and joins. */
  readonly backlog: Backlog;
  readonly #socket: SocketLimits;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  readonly #joins: TokenBucket;
  // Most connections are never refused anything.
  #refusals: TokenBucket | undefined;

  /** Creates the limits of a client that has sent nothing yet. */
  constructor(socket: SocketLimits) {
    this.#socket = socket;
    this.backlog = new Backlog(socket.maxQueuedBytes);
    this.#messages = new TokenBucket(socket.messageRate);
    this.#bytes = new TokenBucket(socket.byteRate);
    this.#joins = new TokenBucket(socket.joinRate);
  }

  /** Counts a frame of `length` bytes, or characters of a text. Returns whether the client may continue. */
  mayReceive(length: number): boolean {
    return this.#bytes.spend(length);
  }

  /** The allowed bytes per second. */
  get bytesPerSecond(): number {
    return this.#socket.byteRate.perSecond;
  }

  /**
   * Returns how much memory a message takes while it waits. While almost nothing waits, which is nearly always, frames
   * are not scanned: even the worst would take less than a tenth of the limit.
   */
  weightOf(frame: Frame, payload: unknown): number {
    const { length, max } = this.backlog;
    return (length + frame.length) * IDLE_PART < max ? quickWeight(frame) : frameWeight(frame, payload);
  }

  /** Counts a message. Returns the limit that is exceeded, if any. */
  excessOfSpeed(): Excess | undefined {
    if (this.#messages.take()) return undefined;
    return { limit: "messageRate", max: this.#socket.messageRate.perSecond, reason: TOO_MANY_PER_SECOND };
  }

  /** Counts a join. Returns the limit that is exceeded, if any.
   *
   * @param topic The topic to be joined.
   * @param channels How many topics the client has; `undefined` if this is already one of them.
   */
  excessOfJoin(topic: string, channels: number | undefined): Excess | undefined {
    const { joinRate, maxChannelsPerTransport, maxTopicBytes } = this.#socket;
    if (!this.#joins.take()) return { limit: "joinRate", max: joinRate.perSecond, reason: TOO_MANY_JOINS_PER_SECOND };
    if (channels === undefined) return undefined; // replaces its earlier join and the messages waiting for that
    if (this.backlog.isFull) return this.#excessOfBacklog();
    if (channels >= maxChannelsPerTransport) {
      return { limit: "maxChannelsPerTransport", max: maxChannelsPerTransport, reason: TOO_MANY_CHANNELS };
    }
    if (isWithin(topic, maxTopicBytes)) return undefined;
    return { limit: "maxTopicBytes", max: maxTopicBytes, found: utf8Length(topic), reason: TOPIC_TOO_LONG };
  }

  /**
   * Returns the limit that is exceeded if a queue of `length` messages, or all queues of the client together, have no
   * room for another.
   */
  excessOfQueue(length: number): Excess | undefined {
    const { maxQueuedMessages } = this.#socket;
    if (length >= maxQueuedMessages) {
      return { limit: "maxQueuedMessages", max: maxQueuedMessages, reason: TOO_MANY_MESSAGES };
    }
    return this.backlog.isFull ? this.#excessOfBacklog() : undefined;
  }

  /** The allowed refusals per second. */
  get refusalsPerSecond(): number {
    return this.#socket.refusalRate.perSecond;
  }

  /** Counts a refusal. Returns whether the client may continue; if not, it is considered a flood. */
  mayRefuse(): boolean {
    return (this.#refusals ??= new TokenBucket(this.#socket.refusalRate)).take();
  }

  #excessOfBacklog(): Excess {
    const { length, max } = this.backlog;
    return { limit: "maxQueuedBytes", max, found: length, reason: TOO_MANY_MESSAGES };
  }
}

/** Returns whether `text` has at most `maxBytes` bytes in UTF-8. */
function isWithin(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return true; // nearly always: no need to count
  return text.length <= maxBytes && utf8Length(text) <= maxBytes;
}
