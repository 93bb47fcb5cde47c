/**
 * What a client sends to a channel.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import type { Membership } from "./membership.ts";
import { SocketRef } from "./socket_ref.ts";

/** One message of the client, as it waits in a channel's mailbox. */
export class IncomingPush {
  /** The event, as the client sent it: a string unless the client is broken. */
  readonly event: unknown;
  /** The payload, as the client sent it: any JSON value, or a `Uint8Array`. */
  readonly payload: unknown;
  /** The client's reference; `null` if it does not expect an answer. */
  readonly ref: unknown;
  /** About how much memory it takes, in bytes: what it counts in `Socket.maxQueuedBytes`. */
  readonly weight: number;
  readonly #membership: Membership;

  /** Created when a frame arrives. */
  constructor(membership: Membership, event: unknown, payload: unknown, ref: unknown, weight: number) {
    this.#membership = membership;
    this.event = event;
    this.payload = payload;
    this.ref = ref;
    this.weight = weight;
  }

  /**
   * Makes it possible to answer this push later, after `noreply()`.
   *
   * @throws {TypeError} If the client sent no reference, so that no answer could find its way.
   */
  socketRef(): SocketRef {
    if (this.ref === null || this.ref === undefined) {
      throw new TypeError(`Cannot answer ${quoted(this.event)} later: the client sent no ref`);
    }
    return new SocketRef(this.#membership, this.ref);
  }
}

/** The client's wish to leave. */
export class Leave {
  readonly ref: unknown;

  /** Created when the frame arrives. */
  constructor(ref: unknown) {
    this.ref = ref;
  }
}
