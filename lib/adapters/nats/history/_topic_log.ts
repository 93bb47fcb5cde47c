/**
 * The entries of one topic at NATS.
 *
 * @module
 */

import { AckPolicy, type ConsumerInfo, DeliverPolicy, type JetStreamManager, type StoredMsg } from "@nats-io/jetstream";
import type { JetStream } from "../_jet_stream.ts";
import { ApiCode, isApiError } from "../_api_error.ts";
import { type Entry, markHeaders } from "./_entry.ts";
import type { FoundStream } from "./_streams.ts";

/** What was read, and when by the engine's clock. */
export interface Entries {
  readonly entries: readonly Entry[];
  readonly nowMs: number;
}

const FETCH_MS = 5000;
const NANOS = 1_000_000;
const IDLE_NANOS = 10_000 * NANOS;
const EMPTY = new Uint8Array(0);

/** One topic in one epoch. */
export class TopicLog {
  readonly #jetStream: JetStream;
  readonly #stream: FoundStream;
  readonly #subject: string;

  /** Creates the log of a topic. */
  constructor(jetStream: JetStream, stream: FoundStream, topic: string) {
    this.#jetStream = jetStream;
    this.#stream = stream;
    this.#subject = stream.place.kept(stream.epoch, topic);
  }

  /** Returns the last entry. */
  last(): Promise<Entry | undefined> {
    return this.#get({ last_by_subj: this.#subject });
  }

  /** Returns the first entry that is left. */
  first(): Promise<Entry | undefined> {
    return this.#get({ next_by_subj: this.#subject, seq: 1 });
  }

  /** Returns the entry of a number, if it is of this topic. */
  async at(seq: number): Promise<Entry | undefined> {
    const { streams } = await this.#jetStream.manager();
    const found = await streams.getMessage(this.#name, { seq });
    return found?.subject === this.#subject ? entryOf(found) : undefined;
  }

  /**
   * Returns the entries from a number on. Some are missing if entries were removed meanwhile.
   */
  async from(seq: number): Promise<Entries> {
    const { client, manager } = this.#jetStream;
    const [info, last] = await Promise.all([this.#consumer(await manager(), Math.max(seq, 1)), this.last()]);
    const entries = info.num_pending === 0 ? [] : await this.#fetch(info, last?.seq ?? Infinity);
    client.publish(`$JS.API.CONSUMER.DELETE.${this.#name}.${info.name}`, EMPTY); // it ends by itself if this is lost
    return { entries, nowMs: Date.parse(info.created) };
  }

  /**
   * Adds a mark, if `expected` still is the number of the topic's last entry.
   *
   * @param offset What it stands for; `undefined` for itself.
   * @param expected 0 if the topic has no entry.
   * @param isAlone Whether all entries before it go.
   * @returns Its number; `undefined` if there is another entry.
   */
  async mark(offset: number | undefined, expected: number, isAlone: boolean): Promise<number | undefined> {
    const headers = markHeaders(offset);
    if (isAlone) headers.set(ROLLUP, "sub");
    try {
      const expect = { lastSubjectSequence: expected };
      const { seq } = await this.#jetStream.js.publish(this.#subject, EMPTY, { headers, expect });
      return seq;
    } catch (thrown) {
      if (isApiError(thrown, ApiCode.wrongLastSequence)) return undefined;
      throw thrown;
    }
  }

  /** Removes the entries before a number. */
  async purgeBefore(seq: number): Promise<void> {
    const { streams } = await this.#jetStream.manager();
    await streams.purge(this.#name, { filter: this.#subject, seq });
  }

  /** Deletes an entry, and overwrites it. Returns whether it was there. */
  async delete(seq: number): Promise<boolean> {
    const { streams } = await this.#jetStream.manager();
    try {
      return await streams.deleteMessage(this.#name, seq);
    } catch (thrown) {
      if (isApiError(thrown, ApiCode.noMessage)) return false;
      throw thrown;
    }
  }

  get #name(): string {
    return this.#stream.place.name;
  }

  async #get(query: { last_by_subj: string } | { next_by_subj: string; seq: number }): Promise<Entry | undefined> {
    const { streams } = await this.#jetStream.manager();
    const found = await streams.getMessage(this.#name, query);
    return found ? entryOf(found) : undefined;
  }

  /** NATS counts what is pending, also what is removed before it is sent: the last entry is recognized by its number. */
  async #fetch(info: ConsumerInfo, lastSeq: number): Promise<readonly Entry[]> {
    const consumer = this.#jetStream.js.consumers.getConsumerFromInfo(info);
    const entries: Entry[] = [];
    for await (const message of await consumer.fetch({ max_messages: info.num_pending, expires: FETCH_MS })) {
      const { seq, headers, data, info: { pending, timestampNanos } } = message;
      entries.push({ seq, headers, data, atMs: timestampNanos / NANOS });
      if (seq >= lastSeq || pending === 0 || entries.length === info.num_pending) return entries;
    }
    throw new Error("the entries did not arrive"); // the client ends without an error when it is disconnected
  }

  async #consumer({ consumers }: JetStreamManager, seq: number) {
    return await consumers.add(this.#name, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: seq,
      ack_policy: AckPolicy.None,
      filter_subject: this.#subject,
      inactive_threshold: IDLE_NANOS,
      mem_storage: true,
      num_replicas: 1,
    });
  }
}

/** With it, the entries before a mark are gone. */
const ROLLUP = "Nats-Rollup";

function entryOf({ seq, header, data, time }: StoredMsg): Entry {
  return { seq, headers: header, data, atMs: time.getTime() };
}
