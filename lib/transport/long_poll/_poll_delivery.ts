/**
 * Sends frames in the response to a poll, and finds out whether they were delivered.
 *
 * Deno reports a response as complete even if its client has disconnected, and a request's `signal` aborts after each
 * success too. The response's body is reliable: if it is a stream, Deno cancels it when the client disconnects, before
 * or while it is sent. So the body is handed over in pieces, and its last byte only when all others have been taken.
 * Without that byte the client cannot parse the JSON, so its frames may be sent again, and none is received twice.
 *
 * @module
 */

import { nextTurn } from "../../base/pause.ts";
import type { Frame } from "../../protocol/message.ts";

/** Receives the result of a delivery. */
export interface DeliveryOwner {
  /** The client has read some bytes of the response. */
  onRead(bytes: number): void;
  /** The response has been handed over completely. */
  onDelivered(delivery: PollDelivery): void;
  /** The response was not delivered. `frames` wait for the next poll. */
  onUndelivered(delivery: PollDelivery, frames: readonly Frame[]): void;
}

/** The frames of one response. Ends exactly once: delivered or failed. */
export class PollDelivery {
  /** The frames to deliver; empty if the poll's window ended. */
  readonly frames: readonly Frame[];
  /** How many frames of its session the client has received when it has received these. */
  readonly received: number;
  readonly #owner: DeliveryOwner;
  #isOver = false;
  #onGivenUp: (() => void) | undefined;

  /** Creates a delivery. */
  constructor(frames: readonly Frame[], owner: DeliveryOwner, received: number) {
    this.frames = frames;
    this.received = received;
    this.#owner = owner;
  }

  /** Called when the client has read some bytes. */
  read(bytes: number): void {
    if (!this.#isOver) this.#owner.onRead(bytes);
  }

  /** Completes the delivery: the last byte is handed over. Returns `false` if the delivery has already failed. */
  complete(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#owner.onDelivered(this);
    return true;
  }

  /** Fails the delivery. `frames` wait for the next poll, by default all. */
  fail(frames: readonly Frame[] = this.frames): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onUndelivered(this, frames);
  }

  /**
   * Called by the owner when the client has given up on the response or is gone. Ends the response without its last
   * byte.
   */
  giveUp(): void {
    this.#onGivenUp?.();
    this.fail();
  }

  /** Returns a response body that sends `text`. */
  body(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    const bytes = new TextEncoder().encode(text);
    const last = bytes.length - 1;
    let at = 0;
    let isOpen = true;
    const close = (controller: ReadableStreamDefaultController) => {
      if (isOpen) controller.close();
      isOpen = false;
    };
    return new ReadableStream({
      start: (controller) => {
        this.#onGivenUp = () => close(controller);
      },
      pull: async (controller) => {
        if (at > 0) this.read(Math.min(at, PIECE_BYTES));
        if (at < last) {
          const end = Math.min(at + PIECE_BYTES, last);
          controller.enqueue(bytes.subarray(at, end));
          at = end;
          return;
        }
        for (let turn = 0; turn < TURNS_TO_NOTICE; turn++) await nextTurn();
        if (this.complete()) controller.enqueue(bytes.subarray(last));
        close(controller); // always: a response that never ends holds up the shutdown of the HTTP server
      },
      cancel: () => {
        isOpen = false;
        this.fail();
      },
    }, { highWaterMark: 0 });
  }
}

/** Size of a piece: small, so that progress of a slow client is noticed. */
const PIECE_BYTES = 65_536;

/**
 * Turns of the event loop to wait before the last byte: Deno needs 2 to cancel the body of a client that has
 * disconnected, doubled for safety.
 */
export const TURNS_TO_NOTICE = 4;
