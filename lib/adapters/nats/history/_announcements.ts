/**
 * What NATS announces of the topics of this node, over all its connections.
 *
 * @module
 */

import type { Msg, Subscription } from "@nats-io/transport-node";
import type { Stored } from "../../../history/engine.ts";
import type { Retention } from "../../../history/retention.ts";
import { BusSetupError } from "../../../pubsub/errors.ts";
import type { Session } from "../_session.ts";
import { decodeMessage, markOf } from "./_entry.ts";
import { epochOf, type StreamPlace } from "./_stream_config.ts";
import type { Streams } from "./_streams.ts";

/** A topic with subscribers on this node. */
export interface LiveTopic {
  readonly topic: string;
  readonly keep: Retention;
}

interface Listening extends LiveTopic {
  readonly place: StreamPlace;
  readonly live: (message: Stored) => void;
  /** The last mark that was announced: the next message follows what it stands for. */
  mark: { readonly epoch: string; readonly seq: number; readonly offset: number } | undefined;
  subscription: Subscription | undefined;
}

/** The subscriptions of one node. */
export class Announcements {
  readonly #streams: Streams;
  readonly #topics = new Map<string, Listening>();
  #session: Session | undefined;

  /** Creates an empty set. */
  constructor(streams: Streams) {
    this.#streams = streams;
  }

  /** The topics. */
  get topics(): Iterable<LiveTopic> {
    return this.#topics.values();
  }

  /** Subscribes to all topics on a new connection, without waiting for the server. */
  attach(session: Session): void {
    this.detach();
    this.#session = session;
    for (const topic of this.#topics.values()) this.#listen(session, topic);
  }

  /** Lets go of a connection. The topics remain. */
  detach(): void {
    this.#session = undefined;
    for (const topic of this.#topics.values()) end(topic);
  }

  /**
   * Subscribes to a topic.
   *
   * @returns Resolves when the server knows, or has been lost: then the topic is subscribed to when it is back.
   * @throws {BusSetupError} If the user of this node has no right to.
   */
  async add(topic: string, keep: Retention, live: (message: Stored) => void): Promise<void> {
    this.remove(topic);
    const place = this.#streams.placeOf(keep);
    const added: Listening = { topic, keep, place, live, mark: undefined, subscription: undefined };
    this.#topics.set(topic, added);
    const session = this.#session?.isOpen ? this.#session : undefined;
    if (!session) return;
    this.#listen(session, added);
    await session.confirm();
    const subject = place.announced(topic);
    if (!session.takeRefusal("subscription", subject)) return;
    throw new BusSetupError(session.engine, `the user has no right to subscribe to "${subject}"`);
  }

  /** Ends the subscription to a topic. */
  remove(topic: string): void {
    const known = this.#topics.get(topic);
    if (!known) return;
    this.#topics.delete(topic);
    end(known);
  }

  #listen(session: Session, topic: Listening): void {
    topic.mark = undefined;
    const callback = (error: Error | null, message: Msg) => {
      if (error) session.noteRefusal(error);
      else this.#take(session, topic, message);
    };
    topic.subscription = session.client.subscribe(topic.place.announced(topic.topic), { callback });
  }

  #take(session: Session, topic: Listening, { subject, headers, data }: Msg): void {
    const offset = Number(headers?.get("Nats-Sequence"));
    const last = Number(headers?.get("Nats-Last-Sequence"));
    if (!(offset > 0) || !(last >= 0)) return report(session, topic);
    const epoch = epochOf(subject);
    this.#streams.note(topic.place, epoch, offset);
    const mark = markOf({ seq: offset, headers });
    if (mark !== undefined) return void (topic.mark = { epoch, seq: offset, offset: mark });
    const message = decodeMessage(topic.topic, { headers, data });
    if (!message) return report(session, topic);
    const isMarked = topic.mark?.seq === last && topic.mark.epoch === epoch;
    const previous = isMarked ? topic.mark!.offset : last;
    // NATS says when only since 2.10.
    const atMs = Date.parse(headers?.get("Nats-Time-Stamp") ?? "") || Date.now();
    topic.live({ ...message, epoch, offset, previous, atMs });
  }
}

function end(topic: Listening): void {
  topic.subscription?.unsubscribe();
  topic.subscription = undefined;
}

function report(session: Session, { place }: Listening): void {
  session.noteFault(new Error(`Cannot read what ${place.name} announced: it is malformed`));
}
