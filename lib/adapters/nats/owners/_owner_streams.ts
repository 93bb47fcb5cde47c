/**
 * Where owners are kept at NATS: a stream for the sessions of each `ttlMs`, whose entries NATS removes after that time,
 * one for keys, and one for the states of their servers. Each subject has one entry, which is replaced only by those who
 * know its number, as in a bucket of KV.
 *
 * | subject | for |
 * | --- | --- |
 * | `<prefix>.o.s.<ttlMs>.<session>` | a session |
 * | `<prefix>.o.k.<key>` | a key |
 * | `<prefix>.o.d.<key>` | the state of the server of a key |
 *
 * Reads go to the leader of the stream: another replica might not know the entry yet.
 *
 * @module
 */

import { DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { ApiCode, isApiError } from "../_api_error.ts";
import { createStream, findStream, type JetStream } from "../_jet_stream.ts";

/** Entries of keys that nobody uses go after a day. Their owners write them again before. */
export const KEPT_MS = 86_400_000;

const NANOS = 1_000_000;

/** A stream, as it was found. */
export interface OwnerStream {
  readonly name: string;
  /** The start of its subjects, with the dot. */
  readonly subject: string;
  /** When it was created, by the engine's clock in milliseconds. What was in an earlier one may be lost. */
  readonly createdMs: number;
}

/** An entry. */
export interface OwnerEntry {
  /** Its number in the stream. */
  readonly seq: number;
  /** When NATS stored it, in milliseconds since 1970. */
  readonly atMs: number;
  /** What it says; `undefined` if it is not of this program. */
  readonly value: unknown;
}

/** The streams on one connection. */
export class OwnerStreams {
  readonly #jetStream: JetStream;
  readonly #prefix: string;
  readonly #replicas: number;
  readonly #found = new Map<string, Promise<OwnerStream>>();

  /** Looks for nothing yet. */
  constructor(jetStream: JetStream, prefix: string, replicas: number) {
    this.#jetStream = jetStream;
    this.#prefix = prefix;
    this.#replicas = replicas;
  }

  /** Returns the stream of the sessions that live for `ttlMs`, which is created if there is none. */
  sessions(ttlMs: number): Promise<OwnerStream> {
    return this.#find(`s.${ttlMs}`, ttlMs);
  }

  /** Returns the stream of the keys, which is created if there is none. */
  keys(): Promise<OwnerStream> {
    return this.#find("k", KEPT_MS);
  }

  /** Returns the stream of the states, which is created if there is none. Its entries stay until somebody deletes them. */
  states(): Promise<OwnerStream> {
    return this.#find("d", 0);
  }

  /** Returns whether a stream is still the one that was found. */
  async isThere({ name, createdMs }: OwnerStream): Promise<boolean> {
    const info = await findStream(this.#jetStream, name);
    return info !== undefined && Date.parse(info.created) === createdMs;
  }

  /** Returns the entry of a subject. */
  async read({ name, subject }: OwnerStream, token: string): Promise<OwnerEntry | undefined> {
    const { streams } = await this.#jetStream.manager();
    const found = await streams.getMessage(name, { last_by_subj: subject + token });
    return found ? { seq: found.seq, atMs: found.time.getTime(), value: parsed(found.data) } : undefined;
  }

  /**
   * Writes an entry, if the last one of its subject is that of the number `expected`; 0 for none.
   *
   * @returns Its number; `undefined` if there is another entry.
   */
  async write({ subject }: OwnerStream, token: string, value: unknown, expected: number): Promise<number | undefined> {
    try {
      const expect = { lastSubjectSequence: expected };
      return (await this.#jetStream.js.publish(subject + token, JSON.stringify(value), { expect })).seq;
    } catch (thrown) {
      if (isApiError(thrown, ApiCode.wrongLastSequence)) return undefined;
      throw thrown;
    }
  }

  /** Writes an entry in place of whatever is there. */
  async overwrite({ subject }: OwnerStream, token: string, value: unknown): Promise<void> {
    await this.#jetStream.js.publish(subject + token, JSON.stringify(value));
  }

  #find(part: string, maxAgeMs: number): Promise<OwnerStream> {
    const known = this.#found.get(part);
    if (known) return known;
    const finding = this.#ensure(part, maxAgeMs);
    this.#found.set(part, finding);
    finding.catch(() => this.#found.delete(part));
    return finding;
  }

  /** To create a stream that is there with the same settings does nothing. A `maxAgeMs` of 0 keeps entries for good. */
  async #ensure(part: string, maxAgeMs: number): Promise<OwnerStream> {
    const name = `${this.#prefix}_o_${part.replace(".", "_")}`;
    const subject = `${this.#prefix}.o.${part}.`;
    const info = await findStream(this.#jetStream, name) ??
      await createStream(this.#jetStream, {
        name,
        subjects: [`${subject}*`],
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        discard: DiscardPolicy.Old,
        num_replicas: this.#replicas,
        max_msgs_per_subject: 1,
        max_age: maxAgeMs * NANOS,
        duplicate_window: Math.min(maxAgeMs || 100, 100) * NANOS,
        allow_direct: false,
      });
    return { name, subject, createdMs: Date.parse(info.created) };
  }
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
}
