/**
 * What this thread sends: into the ring while there is space, then into a queue.
 *
 * @module
 */

import { Deque } from "../../base/deque.ts";
import { type Address, recordsOf, type RingRecord } from "./_record.ts";
import type { RingWriter } from "./_ring_writer.ts";

/** The part of the ring that one record may fill, so that readers can read while the rest of it is written. */
const RECORDS_PER_RING = 4;

/** The queue in front of a ring. */
export class Outbox {
  readonly #ring: RingWriter;
  readonly #maxRecordBytes: number;
  readonly #waiting = new Deque<RingRecord>();
  #waitingBytes = 0;
  #onEmpty: (() => void) | undefined;

  /** Creates an empty queue in front of a ring of `ringBytes` bytes. */
  constructor(ring: RingWriter, ringBytes: number) {
    this.#ring = ring;
    this.#maxRecordBytes = ringBytes / RECORDS_PER_RING;
  }

  /** How many bytes wait because a reader is slow. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Writes an envelope, or queues what there is no space for. */
  send(address: Address, envelope: Uint8Array): void {
    for (const record of recordsOf(address, envelope, this.#maxRecordBytes)) {
      if (this.#waiting.length === 0 && this.#ring.write(record)) continue;
      if (this.#waiting.length === 0) this.#ring.noteUnsent(true);
      this.#waiting.push(record);
      this.#waitingBytes += record.content.length;
    }
  }

  /** Writes what waits, as far as there is space. Returns whether anything was written. */
  flush(): boolean {
    let hasWritten = false;
    for (let record = this.#waiting.first; record && this.#ring.write(record); record = this.#waiting.first) {
      this.#waiting.shift();
      this.#waitingBytes -= record.content.length;
      hasWritten = true;
    }
    if (this.#waiting.length > 0) return hasWritten;
    if (hasWritten) this.#ring.noteUnsent(false);
    this.#onEmpty?.();
    return hasWritten;
  }

  /** Resolves when nothing waits. */
  async empty(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => this.#onEmpty = resolve);
  }
}
