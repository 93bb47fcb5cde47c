/**
 * The batches of one turn of the event loop.
 *
 * @module
 */

import { Batch } from "./_batch.ts";
import { EndOfTurn } from "./end_of_turn.ts";

/** What the connections of a mount have in common: those that are sent the same share its batches. */
export class BatchTurn {
  /** The beginning of all batches. */
  readonly empty: Batch = Batch.empty();
  /** How large a batch may become, in bytes, before the next one begins. */
  readonly maxBatchBytes: number;
  /** When batches are sent. Nothing of them is kept afterwards. */
  readonly end: EndOfTurn = new EndOfTurn(() => this.empty.forgetNext());

  /** Creates a turn in which nothing has been collected. */
  constructor(maxBatchBytes: number) {
    this.maxBatchBytes = maxBatchBytes;
  }
}
