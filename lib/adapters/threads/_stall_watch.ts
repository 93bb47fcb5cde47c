/**
 * Cuts threads off that do not read while others wait for them.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import type { RingWriter } from "./_ring_writer.ts";

/** A reader is cut off if it has read nothing between so many looks. More than one: this thread may stall, too. */
const LOOKS = 4;

/** What a watch needs. */
export interface StallWatchParts {
  /** How long a reader may read nothing, in milliseconds. */
  readonly maxStallMs: number;
  /** The ring of this thread. */
  readonly ring: RingWriter;
  /** Returns whether something waits for space in the ring. */
  readonly isWaiting: () => boolean;
  /** Called with a reader that was cut off. */
  readonly onCutOff: (reader: number) => void;
}

/** Looks at the readers while something waits for them. */
export class StallWatch {
  readonly #parts: StallWatchParts;
  readonly #alarm = new Alarm(() => this.#look());
  #isOn = false;
  /** For each reader how far it had come, and at how many looks in a row. */
  #seen = new Map<number, { readonly tail: number; readonly looks: number }>();

  /** Creates a watch that does not look. */
  constructor(parts: StallWatchParts) {
    this.#parts = parts;
  }

  /** Something waits: looks at the readers until nothing does. */
  begin(): void {
    if (this.#isOn) return;
    this.#isOn = true;
    this.#look();
  }

  /** Looks no longer. */
  end(): void {
    this.#isOn = false;
    this.#alarm.clear();
    this.#seen.clear();
  }

  #look(): void {
    const { ring, maxStallMs, isWaiting, onCutOff } = this.#parts;
    if (!isWaiting()) return this.end();
    const seen = new Map<number, { readonly tail: number; readonly looks: number }>();
    const stalled: number[] = [];
    for (const [reader, tail] of ring.behind()) {
      const before = this.#seen.get(reader);
      const looks = before?.tail === tail ? before.looks + 1 : 0;
      seen.set(reader, { tail, looks });
      if (looks >= LOOKS) stalled.push(reader);
    }
    this.#seen = seen;
    this.#alarm.set(maxStallMs / LOOKS);
    for (const reader of stalled) if (ring.cutOff(reader)) onCutOff(reader);
  }
}
