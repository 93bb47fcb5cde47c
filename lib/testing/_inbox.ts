/**
 * What a client has heard, by topic.
 *
 * @module
 */

import type { Frame } from "../protocol/message.ts";
import { decodeServerFrame } from "../protocol/server_frames.ts";
import { MessageLog, type Patience } from "./_message_log.ts";
import { TopicLog } from "./topic_log.ts";
import type { Closed, Wire, WireListener } from "./wire.ts";

/** Sorts what comes over a wire. */
export class Inbox implements WireListener {
  /** How the connection ended. */
  readonly ends: MessageLog<Closed>;
  /** All frames, as they came. */
  readonly frames: Frame[] = [];
  readonly #patience: Patience;
  #wire: Wire | undefined;
  #closed: Closed | undefined;
  readonly #topics = new Map<string, TopicLog>();

  /** Creates an empty inbox. */
  constructor(patience: Patience) {
    this.#patience = patience;
    this.ends = new MessageLog(patience, { describe: closedInWords });
  }

  /** Finds the processes of channels, where the server is in this program. */
  watch(wire: Wire): void {
    this.#wire = wire;
  }

  /** What came of one topic. */
  topic(topic: string): TopicLog {
    const known = this.#topics.get(topic);
    if (known) return known;
    const log = new TopicLog(this.#patience, {
      channel: () => this.#wire?.channelOf(topic),
      ends: () => this.#closed ? [`The connection was ${closedInWords(this.#closed)}.`] : [],
    });
    this.#topics.set(topic, log);
    return log;
  }

  /** Sorts a frame. */
  onFrame(frame: Frame): void {
    this.frames.push(frame);
    const message = decodeServerFrame(frame);
    const log = this.topic(message.topic);
    if (message.kind === "reply") log.addReply({ ...message, ref: message.ref ?? "" });
    else log.addPush({ event: message.event, payload: message.payload });
  }

  /** Notes the end. */
  onClose(closed: Closed): void {
    this.#closed = closed;
    this.ends.add(closed);
  }
}

function closedInWords({ code, text }: Closed): string {
  return `closed with ${code}${text && ` ${JSON.stringify(text)}`}`;
}
