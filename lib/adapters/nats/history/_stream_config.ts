/**
 * The streams that keep history, and the subjects of their messages.
 *
 * Settings belong to a stream, and the subjects of two streams may not overlap: each distinct retention has a stream.
 *
 * | subject | for |
 * | --- | --- |
 * | `<prefix>.h.<retention>.<epoch>.<topic>` | what is kept |
 * | `<prefix>.l.<retention>.<epoch>.<topic>` | the same, announced by NATS once it is kept |
 * | `<prefix>.r` | which topics have history |
 *
 * The epoch is a part of the subject: a node with another epoch than the stream finds no stream, so nothing is ever kept
 * under a wrong one.
 *
 * @module
 */

import { DiscardPolicy, RetentionPolicy, StorageType, type StreamConfig } from "@nats-io/jetstream";
import type { Retention } from "../../../history/retention.ts";
import { encodeTopic } from "../../../pubsub/subject.ts";

/** How long the position of a quiet topic is remembered beyond its messages. */
export const REMEMBERED_MS = 86_400_000;

/** What NATS counts in 64 bits of nanoseconds. */
const LONGEST_MS = 100 * 365 * 86_400_000;
const NANOS = 1_000_000;

/** Where the history of one retention is. */
export class StreamPlace {
  /** The name of the stream. */
  readonly name: string;
  readonly #prefix: string;
  readonly #retention: string;

  /** Names the stream for a retention. */
  constructor(prefix: string, { maxMessages, maxAgeMs, maxBytes }: Retention) {
    this.#prefix = prefix;
    this.#retention = [maxMessages, maxAgeMs, maxBytes].map(nameOf).join("-");
    this.name = `${prefix}_h_${this.#retention}`;
  }

  /** Returns the subject under which the messages of a topic are kept. */
  kept(epoch: string, topic: string): string {
    return `${this.#prefix}.h.${this.#retention}.${epoch}.${encodeTopic(topic)}`;
  }

  /** Returns the subject under which the messages of a topic are announced, in any epoch. */
  announced(topic: string): string {
    return `${this.#prefix}.l.${this.#retention}.*.${encodeTopic(topic)}`;
  }

  /** Returns the stream's subject in an epoch. */
  subjects(epoch: string): string[] {
    return [this.kept(epoch, "").replace(/[^.]*$/, "*")];
  }

  /** Returns the settings of the stream. */
  config(keep: Retention, epoch: string, replicas: number): Partial<StreamConfig> & { name: string } {
    const maxAgeMs = Math.min(keep.maxAgeMs, LONGEST_MS);
    return {
      name: this.name,
      subjects: this.subjects(epoch),
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      num_replicas: replicas,
      max_msgs_per_subject: keep.maxMessages + 1, // and a mark
      max_age: Math.round((maxAgeMs + REMEMBERED_MS) * NANOS),
      duplicate_window: Math.round(Math.max(maxAgeMs, 100) * NANOS), // the least that NATS takes
      allow_rollup_hdrs: true,
      republish: { src: `${this.#prefix}.h.${this.#retention}.>`, dest: `${this.#prefix}.l.${this.#retention}.>` },
    };
  }
}

/** `Infinity` has no JSON text: declared routes have the largest number in its place. */
function nameOf(limit: number): string {
  return limit < Number.MAX_SAFE_INTEGER ? String(limit).replace(".", "_") : "Infinity";
}

/** Returns the epoch in a subject. */
export function epochOf(subject: string): string {
  return subject.split(".")[3] ?? "";
}

/** Returns a new epoch. */
export function newEpoch(): string {
  return crypto.randomUUID().slice(0, 13);
}
