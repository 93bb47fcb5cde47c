/**
 * Collects the diffs of a topic for a while.
 *
 * @module
 */

import { Alarm } from "../base/alarm.ts";
import { TopicChanges, type TopicDiff } from "./_diff.ts";

/** Receives the combined changes of a topic. */
export type FlushDiff<E> = (topic: string, diff: TopicDiff<E>) => void;

interface Window<E> {
  readonly changes: TopicChanges<E>;
  readonly alarm: Alarm;
}

/** Collects the diffs of each topic for a while after the first, and passes them on as one. */
export class DiffWindows<E> {
  readonly #lengthMs: number;
  readonly #flush: FlushDiff<E>;
  readonly #windows = new Map<string, Window<E>>();

  /** Creates windows of `lengthMs`. Changes that cancel out within one are omitted. */
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

  /** Passes on all waiting diffs. */
  closeAll(): void {
    for (const [topic, { alarm }] of [...this.#windows]) {
      alarm.clear();
      this.#close(topic);
    }
  }

  /** Discards all waiting diffs. */
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
