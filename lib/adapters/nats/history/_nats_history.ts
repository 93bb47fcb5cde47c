/**
 * The history engine for NATS: streams of JetStream.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { quoted } from "../../../base/printable.ts";
import type { HistoryEngine, HistoryPage, HistoryRoute, Stored, Unnumbered } from "../../../history/engine.ts";
import type { Position } from "../../../history/position.ts";
import type { Retention } from "../../../history/retention.ts";
import { BusDownError, TooLargeError } from "../../../pubsub/errors.ts";
import { type JetStream, jetStreamOf } from "../_jet_stream.ts";
import type { Session } from "../_session.ts";
import { Announcements } from "./_announcements.ts";
import { type Encoded, encodeMessage, metaHeaders } from "./_entry.ts";
import { failureOf } from "../_failure.ts";
import { DeclaredRoutes } from "./_declared_routes.ts";
import { type FoundStream, Streams } from "./_streams.ts";
import { isStale, StaleStreamError } from "../_api_error.ts";
import { clear, deleteAt, readAfter, readTop, renew, settle, trim } from "./_topic_actions.ts";
import { TopicLog } from "./_topic_log.ts";
import { Upkeep } from "./_upkeep.ts";

/** What the engine gets from its adapter. */
export interface NatsHistoryParts {
  readonly nodeName: string;
  readonly prefix: string;
  /** On how many servers of a cluster each message is kept. */
  readonly replicas: number;
  readonly maxUnconfirmedBytes: number;
}

/** What NATS and its client add to a message, at most: subject, headers. */
const HEADROOM_BYTES = 1024;

/** Numbers and keeps broadcasts with JetStream. Created by the adapter when somebody asks for it. */
export class NatsHistory implements HistoryEngine {
  /** A read costs three round trips. */
  readonly tailSize = 128;
  readonly #parts: NatsHistoryParts;
  readonly #streams: Streams;
  readonly #announcements: Announcements;
  readonly #routes: DeclaredRoutes;
  readonly #upkeep: Upkeep;
  readonly #listeners = new Set<() => void>();
  #session: Session | undefined;
  #jetStream: JetStream | undefined;
  #unconfirmedBytes = 0;

  /** Creates an engine without a connection. */
  constructor(parts: NatsHistoryParts) {
    this.#parts = parts;
    this.#streams = new Streams(parts.prefix, parts.replicas);
    this.#routes = new DeclaredRoutes(parts.prefix, parts.replicas);
    this.#announcements = new Announcements(this.#streams);
    this.#upkeep = new Upkeep({
      trim: (topic, keep) => this.#with(topic, keep, (log, stream) => trim(topic, log, stream)),
      settle: (topic, keep, at) => this.#with(topic, keep, (log, stream) => settle(log, stream, at)),
      renew: (topic, keep) => this.#with(topic, keep, (log, stream) => renew(log, stream.keep)),
    }, () => this.#announcements.topics);
  }

  /** Uses a new connection. What is announced arrives from then on at which the server has confirmed it. */
  attach(session: Session): void {
    this.#session = session;
    this.#jetStream = jetStreamOf(session);
    this.#streams.forget();
    this.#announcements.attach(session);
    this.#upkeep.start();
  }

  /** Lets go of the connection. */
  detach(): void {
    this.#session = undefined;
    this.#jetStream = undefined;
    this.#announcements.detach();
    this.#upkeep.stop();
  }

  /** Reports that the connection is back. */
  up(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Numbers, keeps and announces a message. */
  publish(topic: string, message: Unnumbered, keep: Retention): Promise<Position> {
    const what = `publish to ${quoted(topic)}`;
    const { engine, maxBytes } = this.#open(what);
    const encoded = encodeMessage(this.#parts.nodeName, topic, message);
    const bytes = encoded.body.length + (encoded.meta?.length ?? 0) + HEADROOM_BYTES;
    if (bytes > maxBytes) throw new TooLargeError(topic, bytes, maxBytes);
    if (this.#unconfirmedBytes > this.#parts.maxUnconfirmedBytes) {
      const cause = new Error(`${engine} has yet to keep ${this.#unconfirmedBytes} bytes`);
      throw new BusDownError(what, { cause });
    }
    return this.#publish(topic, encoded, message.key, keep, bytes);
  }

  /** Delivers what is announced of a topic to `live`. */
  subscribe(topic: string, keep: Retention, live: (message: Stored) => void): Promise<void> {
    return this.#announcements.add(topic, keep, live);
  }

  /** Ends it. */
  unsubscribe(topic: string): void {
    this.#announcements.remove(topic);
  }

  /** Returns what is kept. */
  read(topic: string, after: number | undefined, keep: Retention): Promise<HistoryPage> {
    return this.#with(topic, keep, async (log, stream) => {
      const page = await (after === undefined ? readTop(log, stream) : readAfter(topic, log, stream, after));
      this.#streams.note(stream.place, page.top.epoch, page.top.offset);
      return page;
    });
  }

  /** Calls `listener` when the connection is back. */
  onReconnect(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Deletes one message. */
  delete(topic: string, { epoch, offset }: Position, keep: Retention): Promise<boolean> {
    return this.#with(topic, keep, async (log, stream) => {
      return epoch === stream.epoch && await deleteAt(log, offset);
    });
  }

  /** Deletes all messages of a topic. */
  clear(topic: string, keep: Retention): Promise<void> {
    return this.#with(topic, keep, clear);
  }

  /** Remembers which topics have history. */
  declare(routes: readonly HistoryRoute[]): Promise<void> {
    return this.#guarded("declare routes", () => this.#routes.write(this.#jetStreamNow(), routes));
  }

  /** Returns what was declared last. */
  routes(): Promise<readonly HistoryRoute[]> {
    return this.#guarded("read declared routes", () => this.#routes.read(this.#jetStreamNow()));
  }

  async #publish(
    topic: string,
    { body, meta }: Encoded,
    key: string | undefined,
    keep: Retention,
    bytes: number,
  ): Promise<Position> {
    this.#unconfirmedBytes += bytes;
    try {
      const position = await this.#onStream(`publish to ${quoted(topic)}`, keep, async ({ js }, { place, epoch }) => {
        const headers = meta === undefined ? undefined : metaHeaders(meta);
        const options = { ...headers && { headers }, ...key !== undefined && { msgID: idOf(epoch, topic, key) } };
        const { seq } = await js.publish(place.kept(epoch, topic), body, options);
        this.#streams.note(place, epoch, seq);
        return { epoch, offset: seq };
      });
      this.#upkeep.published(topic, keep, position, body.length);
      return position;
    } finally {
      this.#unconfirmedBytes -= bytes;
    }
  }

  #with<T>(topic: string, keep: Retention, act: (log: TopicLog, stream: FoundStream) => Promise<T>): Promise<T> {
    return this.#onStream(`use the history of ${quoted(topic)}`, keep, (jetStream, stream) => {
      return act(new TopicLog(jetStream, stream, topic), stream);
    });
  }

  /** Acts on the stream of a retention, which is looked for again if it is not the one that was found. */
  #onStream<T>(
    what: string,
    keep: Retention,
    act: (jetStream: JetStream, stream: FoundStream) => Promise<T>,
  ): Promise<T> {
    return this.#guarded(what, async () => {
      const jetStream = this.#jetStreamNow();
      const stream = await this.#streams.find(jetStream, keep);
      try {
        return await act(jetStream, stream);
      } catch (thrown) {
        if (!isStale(thrown)) throw thrown;
        this.#streams.forget(stream);
        throw new StaleStreamError({ cause: thrown });
      }
    });
  }

  /** Acts again if the stream has another epoch than this node believed: nothing has happened then. */
  async #guarded<T>(what: string, act: () => Promise<T>): Promise<T> {
    const session = this.#open(what);
    try {
      return await act().catch((thrown) => {
        if (thrown instanceof StaleStreamError) return act();
        throw thrown;
      });
    } catch (thrown) {
      throw failureOf(what, session, thrown);
    }
  }

  #open(what: string): Session {
    const session = this.#session;
    if (!session?.isOpen) throw new BusDownError(what);
    return session;
  }

  #jetStreamNow(): JetStream {
    if (!this.#jetStream) throw new BusDownError("use history");
    return this.#jetStream;
  }
}

/** NATS compares ids within a stream, whose epochs have nothing in common, and a header cannot hold every text. */
function idOf(epoch: string, topic: string, key: string): string {
  const text = `${epoch}:${topic.length}:${topic}${key}`;
  return createHash("sha256").update(text, "utf16le").digest("base64url");
}
