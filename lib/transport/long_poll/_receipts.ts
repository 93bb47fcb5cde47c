/**
 * Finds out which frames a polling client has received, so that those of a lost response are sent again.
 *
 * Each response renews the session's token with the number of frames that have been sent so far. So a poll that comes
 * with an older token did not receive the last response: a proxy cut it off, or the connection broke and the client's
 * HTTP layer repeated the request by itself, which no script on the page notices.
 *
 * A client may keep its first token for ever, which Phoenix permits, since its tokens never change. Before the first
 * renewed token, such a client looks like one that has lost its first response. It is asked once: it gets an empty
 * response, whose token it either uses or not.
 *
 * Pure: no connection, no clock.
 *
 * @module
 */

import type { Frame } from "../../protocol/message.ts";

/** What a poll means for the frames that were sent before it. */
export type Receipt =
  /** It is not known what the client has received: it gets an empty response with a renewed token. */
  | { readonly next: "ask" }
  /**
   * `repeated` return to the front of the queue. The client then has the first `known` frames of the queue.
   */
  | { readonly next: "go"; readonly repeated: readonly Frame[]; readonly known: number };

const NONE: readonly Frame[] = [];
const ASK: Receipt = { next: "ask" };
const GO: Receipt = { next: "go", repeated: NONE, known: 0 };

/** What one client has been sent. */
export class Receipts {
  /** Whether the client uses renewed tokens. */
  #renews: "unknown" | "asked" | "yes" = "unknown";
  /** How many frames the client has received. */
  #received = 0;
  /** How many frames were sent, at most: those that are sent again count once. */
  #sent = 0;
  /** Frames of the last response, which the client may have received. */
  #open: readonly Frame[] = NONE;

  /** How many frames the client has received for certain. */
  get received(): number {
    return this.#received;
  }

  /** Called when the last byte of a response was handed over. */
  onSent(frames: readonly Frame[]): void {
    this.#open = frames;
    this.#sent = Math.max(this.#sent, this.#received + frames.length);
  }

  /**
   * Called with each poll, when no response is under way.
   *
   * @param received The number in the poll's token; `undefined` if it is the session's first token.
   */
  settle(received: number | undefined): Receipt {
    if (received !== undefined) this.#renews = "yes";
    const open = this.#open;
    if (received === undefined && this.#renews !== "yes") {
      if (open.length > 0 && this.#renews === "unknown") {
        this.#renews = "asked";
        return ASK;
      }
      received = this.#received + open.length;
    }
    this.#open = NONE;
    const known = Math.min(received ?? 0, this.#sent) - this.#received;
    if (known > 0) this.#received += known;
    if (known === open.length) return GO;
    return { next: "go", repeated: open, known: Math.max(known, 0) };
  }
}
