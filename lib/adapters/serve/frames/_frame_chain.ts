/**
 * Frames that are sent to a connection within one turn of the event loop, and written together.
 *
 * They are encoded once for all connections to which the same frames are sent.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { headerBytes } from "../../../limits/frame_size.ts";
import type { Frame } from "../../../protocol/message.ts";
import { SharedChain } from "../../../transport/websocket/shared_chain.ts";
import { type Deflater, encodeFrame, payloadBytes, putFrame } from "./_frame_writer.ts";

/** A frame and all frames before it. */
export class FrameChain extends SharedChain<Frame, FrameChain> {
  /** At least the number of bytes of its frames, and at most three times as many. */
  readonly size: number;
  #plain: Uint8Array | undefined;
  #deflated: Uint8Array | undefined;

  private constructor(before: FrameChain | undefined, frame: Frame) {
    super(before, frame);
    this.size = before ? before.size + (typeof frame === "string" ? frame.length * 3 : frame.byteLength) : 0;
  }

  /** Creates a chain without frames. */
  static empty(): FrameChain {
    return new FrameChain(undefined, "");
  }

  /** Creates a chain of this one and `frame`. */
  protected override append(frame: Frame): FrameChain {
    return new FrameChain(this, frame);
  }

  /**
   * Returns the bytes of all frames, in order. Computed once; must not be changed.
   *
   * @param deflater Compresses them, for clients that have negotiated compression.
   */
  bytes(deflater: Deflater | undefined): Uint8Array {
    if (deflater) return this.#deflated ??= this.#joinDeflated(deflater);
    return this.#plain ??= this.count === 1 ? encodeFrame(this.frame) : this.#join();
  }

  #join(): Uint8Array {
    const frames = this.frames();
    const sizes = frames.map(payloadBytes);
    const target = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + headerBytes(size) + size, 0));
    let at = 0;
    for (let i = 0; i < frames.length; i++) at = putFrame(target, at, frames[i]!, sizes[i]!);
    return target;
  }

  #joinDeflated(deflater: Deflater): Uint8Array {
    if (this.count === 1) return deflater.encode(this.frame);
    return Buffer.concat(this.frames().map((frame) => deflater.encode(frame)));
  }
}
