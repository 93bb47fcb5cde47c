/**
 * Finds the stream for a retention, creates it, and notices that it has lost numbers.
 *
 * @module
 */

import type { Retention } from "../../../history/retention.ts";
import { createStream, findStream, type JetStream } from "../_jet_stream.ts";
import { ApiCode, isApiError } from "../_api_error.ts";
import { epochOf, newEpoch, StreamPlace } from "./_stream_config.ts";

/** A stream, as it was found on this connection. */
export interface FoundStream {
  readonly place: StreamPlace;
  readonly keep: Retention;
  readonly epoch: string;
}

/** The highest number of a stream that this node has seen. */
interface Seen {
  epoch: string;
  seq: number;
}

/** The streams of one node. */
export class Streams {
  readonly #prefix: string;
  readonly #replicas: number;
  readonly #places = new Map<Retention, StreamPlace>();
  readonly #found = new Map<string, Promise<FoundStream>>();
  readonly #seen = new Map<string, Seen>();

  /** Creates an empty set. */
  constructor(prefix: string, replicas: number) {
    this.#prefix = prefix;
    this.#replicas = replicas;
  }

  /** Returns where the history of a retention is. */
  placeOf(keep: Retention): StreamPlace {
    const known = this.#places.get(keep);
    if (known) return known;
    const place = new StreamPlace(this.#prefix, keep);
    if (this.#places.size >= MAX_PLACES) this.#places.clear();
    this.#places.set(keep, place);
    return place;
  }

  /** Returns the stream for a retention, which is created if there is none. */
  find(jetStream: JetStream, keep: Retention): Promise<FoundStream> {
    const place = this.placeOf(keep);
    const known = this.#found.get(place.name);
    if (known) return known;
    const finding = this.#ensure(jetStream, place, keep);
    this.#found.set(place.name, finding);
    finding.catch(() => {
      if (this.#found.get(place.name) === finding) this.#found.delete(place.name);
    });
    return finding;
  }

  /** Forgets what was found: it is another connection, or the stream has changed. */
  forget(stream?: FoundStream): void {
    if (stream) this.#found.delete(stream.place.name);
    else this.#found.clear();
  }

  /** Notes a number that the stream has given. */
  note({ name }: StreamPlace, epoch: string, seq: number): void {
    const seen = this.#seen.get(name);
    if (!seen) this.#seen.set(name, { epoch, seq });
    else if (seen.epoch !== epoch) Object.assign(seen, { epoch, seq });
    else if (seq > seen.seq) seen.seq = seq;
  }

  async #ensure(jetStream: JetStream, place: StreamPlace, keep: Retention): Promise<FoundStream> {
    const seen = { ...this.#seen.get(place.name) }; // before NATS is asked: more comes meanwhile
    const info = await findStream(jetStream, place.name) ?? await this.#create(jetStream, place, keep);
    const epoch = epochOf(info.config.subjects[0] ?? "");
    const hasLost = seen.epoch === epoch && info.state.last_seq < (seen.seq ?? 0);
    return { place, keep, epoch: hasLost ? await this.#beginEpoch(jetStream, place) : epoch };
  }

  async #create(jetStream: JetStream, place: StreamPlace, keep: Retention) {
    try {
      return await createStream(jetStream, place.config(keep, newEpoch(), this.#replicas));
    } catch (thrown) {
      const other = isApiError(thrown, ApiCode.nameInUse) ? await findStream(jetStream, place.name) : undefined;
      if (other) return other; // another node was first
      throw thrown;
    }
  }

  /** The stream is behind what this node has seen: its numbers would be given twice. */
  async #beginEpoch(jetStream: JetStream, place: StreamPlace): Promise<string> {
    const epoch = newEpoch();
    const { streams } = await jetStream.manager();
    await streams.update(place.name, { subjects: place.subjects(epoch) });
    return epoch;
  }
}

/** Retentions are objects of the program's routes: there are few, unless somebody makes one for each call. */
const MAX_PLACES = 1000;
