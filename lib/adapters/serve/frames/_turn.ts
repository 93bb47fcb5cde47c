/**
 * Writes the frames of sockets at the end of a turn of the event loop, with one write for each socket.
 *
 * @module
 */

import { EndOfTurn, type Flushable } from "../../../transport/websocket/end_of_turn.ts";
import { FrameChain } from "./_frame_chain.ts";
import { Deflater } from "./_frame_writer.ts";

/** The sockets of one server that have something to write. */
export class Turn {
  /** The empty chain, with which every socket begins. */
  readonly empty: FrameChain = FrameChain.empty();
  /** Compresses messages for all sockets that have negotiated compression. */
  readonly deflater: Deflater | undefined;
  readonly #end = new EndOfTurn(() => {
    this.empty.forgetNext();
    this.deflater?.forget();
  });

  /**
   * Creates the turns of a server.
   *
   * @param thresholdBytes Messages of at least this number of bytes are compressed; `undefined` disables compression.
   */
  constructor(thresholdBytes?: number) {
    if (thresholdBytes !== undefined) this.deflater = new Deflater(thresholdBytes);
  }

  /** Schedules `socket` to be flushed at the end of the turn. */
  flushSoon(socket: Flushable): void {
    this.#end.flush(socket);
  }
}
