/**
 * A WebSocket whose client accepts batches: the text frames of one turn of the event loop are sent as one message, one
 * per line.
 *
 * Each message costs a system call, which is most of the cost of a busy room. A binary frame cannot be in a batch:
 * collected frames are sent before it, and before a close. So all frames arrive in the order in which they were sent.
 *
 * @module
 */

import type { Frame } from "../../protocol/message.ts";
import type { RawSocket } from "../request/websocket_host.ts";
import type { Batch } from "./_batch.ts";
import type { BatchTurn } from "./_batch_turn.ts";
import type { Flushable } from "./end_of_turn.ts";

/** Collects the frames of a turn before they reach a WebSocket. */
export class BatchedSocket implements RawSocket, Flushable {
  readonly #socket: RawSocket;
  readonly #turn: BatchTurn;
  #batch: Batch;
  #isWaiting = false;

  /** Creates a batched socket on top of `socket`. */
  constructor(socket: RawSocket, turn: BatchTurn) {
    this.#socket = socket;
    this.#turn = turn;
    this.#batch = turn.empty;
  }

  /** Bytes that were collected or handed to the WebSocket but have not left yet. */
  get bufferedAmount(): number {
    return this.#socket.bufferedAmount + this.#batch.bytes;
  }

  /** Adds a text to the batch, and sends the batch if it is full. */
  send(frame: Frame): void {
    if (typeof frame !== "string") {
      this.#sendBatch();
      return this.#socket.send(frame);
    }
    const { empty, maxBatchBytes } = this.#turn;
    if (this.#batch !== empty && !this.#batch.hasRoomFor(frame, maxBatchBytes)) this.#sendBatch();
    this.#batch = this.#batch.with(frame);
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#turn.end.flush(this);
  }

  /** Sends the collected frames and a close frame. */
  close(code?: number, text?: string): void {
    this.#sendBatch();
    this.#socket.close(code, text);
  }

  /** Sends the collected frames. Called at the end of the turn. */
  flush(): void {
    this.#isWaiting = false;
    this.#sendBatch();
  }

  #sendBatch(): void {
    const { empty } = this.#turn;
    if (this.#batch === empty) return;
    const { text } = this.#batch;
    this.#batch = empty;
    this.#socket.send(text);
  }
}
