/**
 * Turns of the event loop: what sockets were sent within one leaves at its end, in one write each.
 *
 * @module
 */

import { EndOfTurn, type Flushable } from "../../../transport/websocket/end_of_turn.ts";
import { FrameChain } from "./_frame_chain.ts";
import { Deflater } from "./_frame_writer.ts";

/** The sockets of one server that have something to write. */
export class Turn {
  /** What a socket begins with that has been sent nothing. */
  readonly empty: FrameChain = FrameChain.empty();
  /** Compresses for all sockets that have agreed to it. */
  readonly deflater: Deflater | undefined;
  readonly #end = new EndOfTurn(() => {
    this.empty.forgetNext();
    this.deflater?.forget();
  });

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
    this.#end.flush(socket);
  }
}
