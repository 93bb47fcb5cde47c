/**
 * Frames that leave together: those that one connection was sent within one turn of the event loop.
 *
 * A chain is seen from its last frame. Connections that are sent the same frames, as the members of a topic are, share
 * it: nothing is kept for each of them but its end, and it is turned into bytes once for all.
 *
 * ```text
 *   empty <── "a" <── "b"      the members of room:a, who were sent "a" and "b"
 *     ^                ^
 *     │                └── "c"  one of them, who was sent "c" besides
 *     └── "d"                   somebody else
 * ```
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { headerBytes } from "../../../limits/frame_size.ts";
import type { Frame } from "../../../protocol/message.ts";
import { type Deflater, encodeFrame, payloadBytes, putFrame } from "./frame_writer.ts";

/** A frame and all that came before it. */
export class FrameChain {
  /** No less than the bytes of its frames, and no more than three times as many. */
  readonly size: number;
  readonly #before: FrameChain | undefined;
  readonly #frame: Frame;
  readonly #count: number;
  /** The chain that was made last of this one and a frame: nearly always the one that the next connection needs. */
  #next: FrameChain | undefined;
  #plain: Uint8Array | undefined;
  #deflated: Uint8Array | undefined;

  private constructor(before: FrameChain | undefined, frame: Frame) {
    this.#before = before;
    this.#frame = frame;
    this.#count = before ? before.#count + 1 : 0;
    this.size = before ? before.size + (typeof frame === "string" ? frame.length * 3 : frame.byteLength) : 0;
  }

  /** Creates a chain without frames. */
  static empty(): FrameChain {
    return new FrameChain(undefined, "");
  }

  /** This chain and one more frame. Who adds the same frame gets the same chain. */
  with(frame: Frame): FrameChain {
    const next = this.#next;
    if (next !== undefined && next.#frame === frame) return next;
    return this.#next = new FrameChain(this, frame);
  }

  /** Lets go of the chains that were made of this one. */
  forget(): void {
    this.#next = undefined;
  }

  /**
   * The bytes of all frames, in order. Made once; not to be changed.
   *
   * @param deflater Compresses them, if they are for clients that have agreed to that.
   */
  bytes(deflater: Deflater | undefined): Uint8Array {
    if (deflater) return this.#deflated ??= this.#joinDeflated(deflater);
    return this.#plain ??= this.#count === 1 ? encodeFrame(this.#frame) : this.#join();
  }

  #join(): Uint8Array {
    const frames = this.#frames();
    const sizes = frames.map(payloadBytes);
    const target = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + headerBytes(size) + size, 0));
    let at = 0;
    for (let i = 0; i < frames.length; i++) at = putFrame(target, at, frames[i]!, sizes[i]!);
    return target;
  }

  #joinDeflated(deflater: Deflater): Uint8Array {
    if (this.#count === 1) return deflater.encode(this.#frame);
    return Buffer.concat(this.#frames().map((frame) => deflater.encode(frame)));
  }

  #frames(): Frame[] {
    return FrameChain.#framesOf(this);
  }

  static #framesOf(last: FrameChain): Frame[] {
    const frames: Frame[] = new Array(last.#count);
    for (let chain = last; chain.#before; chain = chain.#before) frames[chain.#count - 1] = chain.#frame;
    return frames;
  }
}
