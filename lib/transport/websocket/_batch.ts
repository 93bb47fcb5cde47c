/**
 * Joins the text frames that were sent to a connection within one turn of the event loop.
 *
 * @module
 */

import { utf8Length } from "../../base/utf8_length.ts";
import { BATCH_SEPARATOR } from "../../protocol/batch.ts";
import { SharedChain } from "./shared_chain.ts";

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const MOST_BYTES_PER_UNIT = 3;

/** A list of text frames, shared by all connections to which the same frames were sent. */
export class Batch extends SharedChain<string, Batch> {
  /** Upper bound of its bytes, known without reading the text. */
  readonly #mostBytes: number;
  #bytes: number | undefined;
  #text: string | undefined;

  private constructor(before?: Batch, frame: string = "") {
    super(before, frame);
    this.#mostBytes = before ? before.#mostBytes + frame.length * MOST_BYTES_PER_UNIT + 1 : 0;
    if (!before) this.#bytes = 0;
  }

  /** Creates a batch without frames. */
  static empty(): Batch {
    return new Batch();
  }

  /** The number of bytes of its frames, with a separator after each. Counted on demand. */
  get bytes(): number {
    return this.#bytes ??= Batch.#count(this);
  }

  /** Its frames as one text. Created once; a single frame is not copied. */
  get text(): string {
    return this.#text ??= this.count === 1 ? this.frame : this.frames().join(BATCH_SEPARATOR);
  }

  /** Returns whether the batch and `frame` together have at most `maxBytes` bytes. */
  hasRoomFor(frame: string, maxBytes: number): boolean {
    if (this.#mostBytes + frame.length * MOST_BYTES_PER_UNIT <= maxBytes) return true; // nearly always
    return this.bytes + frame.length <= maxBytes && this.bytes + utf8Length(frame) <= maxBytes;
  }

  /** Creates a batch of these frames and `frame`. */
  protected override append(frame: string): Batch {
    return new Batch(this, frame);
  }

  /** Counts bytes, starting at the last batch whose count is known. Not recursive, since a chain may be very long. */
  static #count(last: Batch): number {
    const uncounted: Batch[] = [];
    let counted = last;
    for (; counted.#bytes === undefined; counted = counted.before!) uncounted.push(counted);
    let bytes = counted.#bytes;
    for (const batch of uncounted.reverse()) bytes = batch.#bytes = bytes + utf8Length(batch.frame) + 1;
    return bytes;
  }
}
