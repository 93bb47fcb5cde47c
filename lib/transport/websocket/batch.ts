/**
 * The text frames that connections are sent within one turn of the event loop.
 *
 * A batch is a chain of frames, seen from its last one. Connections that are sent the same frames, as the subscribers of
 * a topic are, have the same chain: each keeps nothing but its end, and the frames are joined once for all of them.
 *
 * ```text
 * empty <── "a" <── "b" <── "c"     998 connections
 *                    ^
 *                    └───── "r"     one that was sent a reply instead
 * ```
 *
 * @module
 */

import { utf8Length } from "../../base/utf8_length.ts";
import { BATCH_SEPARATOR } from "../../protocol/batch.ts";

/** UTF-8 takes at most three bytes for a UTF-16 code unit. */
const MOST_BYTES_PER_UNIT = 3;

/** A frame and those before it; or none, which begins all chains. */
export class Batch {
  readonly #before: Batch | undefined;
  readonly #frame: string;
  /** No less than its bytes. Known without a look at the text. */
  readonly #mostBytes: number;
  #bytes: number | undefined;
  #next: Batch | undefined;
  #text: string | undefined;

  private constructor(before?: Batch, frame: string = "") {
    this.#before = before;
    this.#frame = frame;
    this.#mostBytes = before ? before.#mostBytes + frame.length * MOST_BYTES_PER_UNIT + 1 : 0;
    if (!before) this.#bytes = 0;
  }

  /** A batch without frames. */
  static empty(): Batch {
    return new Batch();
  }

  /** Whether there are no frames in it. */
  get isEmpty(): boolean {
    return this.#before === undefined;
  }

  /** How many bytes its frames take, with a separator after each. Counted when it is asked for. */
  get bytes(): number {
    return this.#bytes ??= Batch.#count(this);
  }

  /** Its frames as one text. Made once. */
  get text(): string {
    return this.#text ??= this.#join();
  }

  /** Returns whether it takes no more than `maxBytes` together with `frame`. */
  hasRoomFor(frame: string, maxBytes: number): boolean {
    if (this.#mostBytes + frame.length * MOST_BYTES_PER_UNIT <= maxBytes) return true; // nearly always
    return this.bytes + frame.length <= maxBytes && this.bytes + utf8Length(frame) <= maxBytes;
  }

  /** Returns this batch with one more frame. The same frame makes the same batch, while nothing else was added. */
  with(frame: string): Batch {
    const next = this.#next;
    if (next !== undefined && next.#frame === frame) return next;
    return this.#next = new Batch(this, frame);
  }

  /** Forgets the batches that begin with it. */
  forgetNext(): void {
    this.#next = undefined;
  }

  #join(): string {
    if (this.#before?.isEmpty) return this.#frame; // a frame alone costs no copy
    return Batch.#frames(this).join(BATCH_SEPARATOR);
  }

  static #frames(last: Batch): string[] {
    const frames: string[] = [];
    for (let batch = last; batch.#before; batch = batch.#before) frames.push(batch.#frame);
    return frames.reverse();
  }

  /** Counts from the last batch that has been counted on. Not by recursion: a chain may be very long. */
  static #count(last: Batch): number {
    const uncounted: Batch[] = [];
    let counted = last;
    for (; counted.#bytes === undefined; counted = counted.#before!) uncounted.push(counted);
    let bytes = counted.#bytes;
    for (const batch of uncounted.reverse()) bytes = batch.#bytes = bytes + utf8Length(batch.#frame) + 1;
    return bytes;
  }
}
