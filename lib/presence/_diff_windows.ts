/**
 * Diffs that wait for more of their topic.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { TopicChanges, type TopicDiff } from "./_diff.ts";

/** What a topic's changes came to. */
export type FlushDiff<E> = (topic: string, diff: TopicDiff<E>) => void;

interface Window<E> {
  readonly changes: TopicChanges<E>;
  readonly alarm: Alarm;
}

/** Collects the diffs of each topic for a while after the first, and hands them on as one. */
export class DiffWindows<E> {
  readonly #lengthMs: number;
  readonly #flush: FlushDiff<E>;
  readonly #windows = new Map<string, Window<E>>();

  /** Creates windows of `lengthMs`. What cancels out within one is not handed on. */
  constructor(lengthMs: number, flush: FlushDiff<E>) {
    this.#lengthMs = lengthMs;
    this.#flush = flush;
  }

  /** Adds a diff. */
  add(topic: string, diff: TopicDiff<E>): void {
    let window = this.#windows.get(topic);
    if (!window) {
      const alarm = new Alarm(() => this.#close(topic)).set(this.#lengthMs);
      this.#windows.set(topic, window = { changes: new TopicChanges(), alarm });
    }
    window.changes.append(diff);
  }

  /** Hands on what waits. */
  closeAll(): void {
    for (const [topic, { alarm }] of [...this.#windows]) {
      alarm.clear();
      this.#close(topic);
    }
  }

  /** Forgets what waits. */
  clear(): void {
    for (const { alarm } of this.#windows.values()) alarm.clear();
    this.#windows.clear();
  }

  #close(topic: string): void {
    const changes = this.#windows.get(topic)?.changes;
    this.#windows.delete(topic);
    if (changes && !changes.isEmpty) this.#flush(topic, changes);
  }
}
