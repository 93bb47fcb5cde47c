/**
 * The right to answer a push later, from anywhere.
 *
 * @module
 */

import type { Membership } from "./membership.ts";

/** Stands for one push that its client waits for an answer to. Phoenix's `socket_ref`. */
export class SocketRef {
  readonly #membership: Membership;
  readonly #ref: unknown;

  /** Made by {@linkcode IncomingPush.socketRef}. */
  constructor(membership: Membership, ref: unknown) {
    this.#membership = membership;
    this.#ref = ref;
  }

  /** The topic that was pushed to. */
  get topic(): string {
    return this.#membership.topic;
  }

  /**
   * Answers the push. Works at any time, more than once, and after the channel has ended; does nothing once the
   * connection is closed.
   *
   * @param response Any JSON value, or a `Uint8Array`.
   * @param status `"ok"`, `"error"`, or any other word that the client listens for.
   * @throws {TypeError} If `response` cannot be encoded.
   */
  reply(response: unknown = {}, status: string = "ok"): void {
    this.#membership.reply(this.#ref, status, response);
  }
}
