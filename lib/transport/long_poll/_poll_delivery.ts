/**
 * Frames on their way to a client in the response to its poll, and whether they get there.
 *
 * Deno reports a response as complete although its client has gone, and a request's `signal` aborts after each success
 * too. What can be relied on is the response's body: where it is a stream, Deno cancels it when the client goes, before
 * or while it is sent. So the body is handed over piece by piece, and its last byte only when all before it has been
 * taken: without that byte the client has no JSON, so whatever was in it may be sent again, and nothing comes twice.
 *
 * @module
 */

import { nextTurn } from "../../base/pause.ts";
import type { Frame } from "../../protocol/message.ts";

/** Gets what becomes of a delivery. */
export interface DeliveryOwner {
  /** The client has taken some bytes of the response. */
  onRead(bytes: number): void;
  /** The response has been handed over completely. */
  onDelivered(delivery: PollDelivery): void;
  /** The client does not have the response, and `frames` of it are for its next poll. */
  onUndelivered(delivery: PollDelivery, frames: readonly Frame[]): void;
}

/** The frames of one response. Ends once: delivered, or not. */
export class PollDelivery {
  /** What the client is to get; nothing, if its window is over. */
  readonly frames: readonly Frame[];
  readonly #owner: DeliveryOwner;
  #isOver = false;
  #onGivenUp: (() => void) | undefined;

  /** Creates a delivery that begins. */
  constructor(frames: readonly Frame[], owner: DeliveryOwner) {
    this.frames = frames;
    this.#owner = owner;
  }

  /** The client has taken some bytes. */
  read(bytes: number): void {
    if (!this.#isOver) this.#owner.onRead(bytes);
  }

  /** The last byte is handed over. Returns `false` if the delivery has failed before. */
  complete(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#owner.onDelivered(this);
    return true;
  }

  /** The client will not have the response: `frames` of it are for the next poll, by default all. */
  fail(frames: readonly Frame[] = this.frames): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.onUndelivered(this, frames);
  }

  /** Called by the owner, for whom the client has given up on the response, or is gone. Ends it without its last byte. */
  giveUp(): void {
    this.#onGivenUp?.();
    this.fail();
  }

  /** The body of the response that carries `text`. */
  body(text: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    const bytes = new TextEncoder().encode(text);
    const last = bytes.length - 1;
    let at = 0;
    return new ReadableStream({
      start: (controller) => {
        this.#onGivenUp = () => controller.close();
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
        if (!this.complete()) return;
        controller.enqueue(bytes.subarray(last));
        controller.close();
      },
      cancel: () => this.fail(),
    }, { highWaterMark: 0 });
  }
}

/** Small, so that a client that reads slowly is seen to read. */
const PIECE_BYTES = 65_536;

/** How many turns of the event loop Deno needs to cancel the body of a client that has gone (2), and as many again. */
const TURNS_TO_NOTICE = 4;
