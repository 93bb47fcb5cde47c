/**
 * The batches of one turn of the event loop.
 *
 * @module
 */

import { Batch } from "./_batch.ts";
import { EndOfTurn } from "./end_of_turn.ts";

/** The batches of a mount's connections. Connections to which the same frames are sent share them. */
export class BatchTurn {
  /** The empty batch, with which all batches begin. */
  readonly empty: Batch = Batch.empty();
  /** Maximum size of a batch, in bytes. */
  readonly maxBatchBytes: number;
  /** Sends batches at the end of the turn. They are not kept afterwards. */
  readonly end: EndOfTurn = new EndOfTurn(() => this.empty.forgetNext());

  /** Creates a turn without frames. */
  constructor(maxBatchBytes: number) {
    this.maxBatchBytes = maxBatchBytes;
  }
}
