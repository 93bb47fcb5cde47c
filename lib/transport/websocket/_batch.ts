/**
 * The text frames that a connection was sent within one turn of the event loop, as one text.
 *
 * @module
 */

import { utf8Length } from "../../base/utf8_length.ts";
import { BATCH_SEPARATOR } from "../../protocol/batch.ts";
import { SharedChain } from "./shared_chain.ts";

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const MOST_BYTES_PER_UNIT = 3;

/** Text frames, shared by all connections that were sent the same. */
export class Batch extends SharedChain<string, Batch> {
  /** No less than its bytes. Known without a look at the text. */
  readonly #mostBytes: number;
  #bytes: number | undefined;
  #text: string | undefined;

  private constructor(before?: Batch, frame: string = "") {
    super(before, frame);
    this.#mostBytes = before ? before.#mostBytes + frame.length * MOST_BYTES_PER_UNIT + 1 : 0;
    if (!before) this.#bytes = 0;
  }

  /** A batch without frames. */
  static empty(): Batch {
    return new Batch();
  }

  /** How many bytes its frames take, with a separator after each. Counted when it is asked for. */
  get bytes(): number {
    return this.#bytes ??= Batch.#count(this);
  }

  /** Its frames as one text. Made once; a frame alone is not copied. */
  get text(): string {
    return this.#text ??= this.count === 1 ? this.frame : this.frames().join(BATCH_SEPARATOR);
  }

  /** Returns whether it takes no more than `maxBytes` together with `frame`. */
  hasRoomFor(frame: string, maxBytes: number): boolean {
    if (this.#mostBytes + frame.length * MOST_BYTES_PER_UNIT <= maxBytes) return true; // nearly always
    return this.bytes + frame.length <= maxBytes && this.bytes + utf8Length(frame) <= maxBytes;
  }

  /** Creates a batch of this one and `frame`. */
  protected override append(frame: string): Batch {
    return new Batch(this, frame);
  }

  /** Counts from the last batch that has been counted on. Not by recursion: a chain may be very long. */
  static #count(last: Batch): number {
    const uncounted: Batch[] = [];
    let counted = last;
    for (; counted.#bytes === undefined; counted = counted.before!) uncounted.push(counted);
    let bytes = counted.#bytes;
    for (const batch of uncounted.reverse()) bytes = batch.#bytes = bytes + utf8Length(batch.frame) + 1;
    return bytes;
  }
}
