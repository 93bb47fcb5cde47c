/**
 * Which connections have a batch to send when the turn of the event loop is over.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { Batch } from "./batch.ts";

/** Something that has collected a batch. */
export interface Batching {
  /** Sends what has been collected. Must not throw. */
  flush(): void;
}

/** The turn that all connections of a mount share: those that are sent the same share its batches. */
export class BatchTurn {
  /** The beginning of all batches. */
  readonly empty: Batch = Batch.empty();
  /** How large a batch may become, in bytes, before the next one begins. */
  readonly maxBatchBytes: number;
  #waiting: Batching[] = [];
  readonly #end = () => {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.empty.forgetNext(); // or the frames of a busy moment would be kept until the next one
    for (const batching of waiting) batching.flush();
  };

  /** Creates a turn in which nothing has been collected. */
  constructor(maxBatchBytes: number) {
    this.maxBatchBytes = maxBatchBytes;
  }

  /** Has `batching` flushed once what is at hand has been handled. */
  flushAtEnd(batching: Batching): void {
    if (this.#waiting.push(batching) === 1) setImmediate(this.#end);
  }
}
