/**
 * A request of the server that a test client has received.
 *
 * @module
 */

import { PHX_ANSWER } from "../protocol/events.ts";

/**
 * A request of the server, from `TestChannel.assertRequest`. Answer it with
 * {@linkcode ReceivedRequest.prototype.answer | answer} or {@linkcode ReceivedRequest.prototype.refuse | refuse}.
 */
export class ReceivedRequest {
  /** The payload of the request. */
  readonly payload: unknown;
  /** The reference that the answer carries. */
  readonly ref: string;
  readonly #push: (event: string, payload: object) => string;

  /** Created when a request has been received; `push` sends the answer. */
  constructor(ref: string, payload: unknown, push: (event: string, payload: object) => string) {
    this.ref = ref;
    this.payload = payload;
    this.#push = push;
  }

  /**
   * Sends an answer to the request.
   *
   * @param response Any JSON value.
   * @returns The ref of the answer, for `TestChannel.assertReply`: `"ok"` if a request waited for it.
   */
  answer(response: unknown): string {
    return this.#push(PHX_ANSWER, { ref: this.ref, response });
  }

  /** Refuses the request: it fails with `RequestRefusedError`, which carries `error`. Returns the ref of the answer. */
  refuse(error: unknown): string {
    return this.#push(PHX_ANSWER, { ref: this.ref, error });
  }
}
