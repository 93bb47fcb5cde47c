/**
 * Turns of the event loop: what sockets were sent within one leaves at its end, in one write each.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { FrameChain } from "./frame_chain.ts";
import { Deflater } from "./frame_writer.ts";

/** Something that has frames to write. */
export interface Flushable {
  /** Writes them. Must not throw. */
  flush(): void;
}

/** The sockets of one server that have something to write. */
export class Turn {
  /** What a socket begins with that has been sent nothing. */
  readonly empty: FrameChain = FrameChain.empty();
  /** Compresses for all sockets that have agreed to it. */
  readonly deflater: Deflater | undefined;
  #waiting: Flushable[] = [];

  /**
   * Creates the turns of a server.
   *
   * @param thresholdBytes From how many bytes on messages are compressed, if they are at all.
   */
  constructor(thresholdBytes?: number) {
    if (thresholdBytes !== undefined) this.deflater = new Deflater(thresholdBytes);
  }

  /** Flushes `socket` when the event loop has heard of everybody. */
  flushSoon(socket: Flushable): void {
    if (this.#waiting.push(socket) === 1) setImmediate(this.#end);
  }

  readonly #end = (): void => {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const socket of waiting) socket.flush();
    this.empty.forget();
    this.deflater?.forget();
  };
}
