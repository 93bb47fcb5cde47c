/**
 * One message of a client to a channel.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import type { JsonOrBytes } from "../protocol/payload.ts";
import { pushKeyOf } from "../protocol/push_key.ts";
import type { Membership } from "./_membership.ts";
import type { RememberedPush } from "./repeats/_remembered_push.ts";
import { SocketRef } from "./socket_ref.ts";

/** The name of the internal method that replies to a push. Users cannot access it. */
export const REPLY: unique symbol = Symbol("reply");

/**
 * One message of the client: the third parameter of a handler.
 *
 * @category Channels
 * @example Usage
 * ```ts
 * import { Channel, noreply, ok, replyError } from "@urvogel/realtime";
 *
 * const work = (payload: unknown) => Promise.resolve({ done: payload });
 *
 * class JobChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     // Other messages of this client are handled while the work goes on.
 *     start: (payload, _socket, push) => {
 *       const ref = push.socketRef();
 *       work(payload).then((result) => ref.reply(result), () => ref.reply({}, "error"));
 *       return noreply();
 *     },
 *     "*": (_payload, _socket, push) => replyError({ unknown: String(push.event) }),
 *   });
 * }
 * ```
 */
export class IncomingPush {
  /** The event as the client sent it: a string, unless the client is faulty. */
  readonly event: unknown;
  /** The payload, as the client sent it: any JSON value, or a `Uint8Array`. */
  readonly payload: JsonOrBytes;
  /** The client's reference for this message, as it was sent; `null` if it does not expect a reply. */
  readonly ref: unknown;
  /** The estimated memory it takes, in bytes, as counted by `Socket.maxQueuedBytes`. */
  readonly weight: number;
  /**
   * Remembers what becomes of it, if it has a {@linkcode IncomingPush.prototype.key | key}. Used by the library.
   *
   * @ignore
   */
  readonly memory: RememberedPush | undefined;
  readonly #membership: Membership;

  /** Created by the library when a frame arrives. */
  constructor(
    membership: Membership,
    event: unknown,
    payload: JsonOrBytes,
    ref: unknown,
    weight: number,
    memory?: RememberedPush,
  ) {
    this.memory = memory;
    this.#membership = membership;
    this.event = event;
    this.payload = payload;
    this.ref = ref;
    this.weight = weight;
  }

  /**
   * Identifies the push, also if the client sends it again because it has lost its connection: an option for
   * `socket.publish`, so that the message counts once, even if another node handles the push again.
   * `recover` of `@urvogel/realtime/client` gives each push a key; without it, pushes have none.
   */
  get key(): string | undefined {
    return pushKeyOf(this.ref);
  }

  /**
   * Called by the library when a handler has returned a reply.
   *
   * @ignore
   */
  [REPLY](status: string, response: unknown): void {
    this.#membership.reply(this.ref, status, response);
    this.memory?.settle(status, response);
    this.memory?.finish();
  }

  /**
   * Returns a reference for replying to this push later, after `noreply()`.
   *
   * @returns The reference, which can be used anywhere in the program.
   * @throws {TypeError} If the client sent no `ref`, so it could not match a reply to the push.
   */
  socketRef(): SocketRef {
    if (this.ref === null || this.ref === undefined) {
      throw new TypeError(`Cannot reply to ${quoted(this.event)} later: the client sent no ref; use socket.push`);
    }
    this.memory?.keep();
    return new SocketRef(this.#membership, this.ref, this.memory);
  }
}
