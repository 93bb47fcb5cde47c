/**
 * The frames that a test client has received, by topic.
 *
 * @module
 */

import type { Frame } from "../protocol/message.ts";
import { decodeServerFrame, type ServerMessage } from "../protocol/server_frames.ts";
import { MessageLog, type Patience } from "./_message_log.ts";
import { TopicLog } from "./topic_log.ts";
import type { Closed, Wire, WireListener } from "./wire.ts";

/** Sorts the frames that come over a wire by topic. */
export class Inbox implements WireListener {
  /** The end of the connection, once it has ended. */
  readonly ends: MessageLog<Closed>;
  /** All frames, in the order in which they came. */
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

  /** Sets the wire, by which the processes of channels are found if the server is in this program. */
  watch(wire: Wire): void {
    this.#wire = wire;
  }

  /** Returns the log of one topic. */
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

  /** Sorts a frame by its topic. */
  onFrame(frame: Frame): void {
    this.frames.push(frame);
    const message = decodeServerFrame(frame);
    const log = this.topic(message.topic);
    if (message.kind === "reply") log.addReply({ ...message, ref: message.ref ?? "" });
    else log.addPush({ event: message.event, payload: message.payload, ref: refOf(message) });
  }

  /** Records the end of the connection. */
  onClose(closed: Closed): void {
    this.#closed = closed;
    this.ends.add(closed);
  }
}

function refOf(message: Exclude<ServerMessage, { readonly kind: "reply" }>): string | null {
  return message.kind === "push" ? message.ref : message.position ?? null;
}

function closedInWords({ code, text }: Closed): string {
  return `closed with ${code}${text && ` ${JSON.stringify(text)}`}`;
}
