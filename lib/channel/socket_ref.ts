/**
 * Replies that are sent later, from anywhere in the program.
 *
 * @module
 */

import type { JsonOrBytes } from "../protocol/payload.ts";
import type { Membership } from "./_membership.ts";
import type { RememberedPush } from "./repeats/_remembered_push.ts";

/**
 * Replies to one push later, after the handler has returned `noreply()`. It can be passed to another process or a
 * callback. Phoenix's `socket_ref`.
 *
 * @category Channels
 * @example Usage
 * ```ts
 * import { Channel, noreply, ok, Socket, type SocketRef } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 *
 * const waiting: SocketRef[] = [];
 *
 * class QueueChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     next: (_payload, _socket, push) => {
 *       waiting.push(push.socketRef());
 *       return noreply();
 *     },
 *   });
 * }
 *
 * class QueueSocket extends Socket {
 *   override channels = { queue: QueueChannel };
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * await using client = await connect(QueueSocket);
 * const queue = await client.join("queue");
 * const ref = queue.push("next");
 * await queue.refuteReply(ref, "ok"); // nothing is in the queue yet
 * waiting.shift()?.reply({ job: 1 });
 * await queue.assertReply(ref, "ok", { job: 1 });
 * ```
 */
export class SocketRef {
  readonly #membership: Membership;
  readonly #ref: unknown;
  readonly #memory: RememberedPush | undefined;

  /** Created by {@linkcode IncomingPush.prototype.socketRef | IncomingPush.socketRef}. */
  constructor(membership: Membership, ref: unknown, memory?: RememberedPush) {
    this.#membership = membership;
    this.#ref = ref;
    this.#memory = memory;
  }

  /** The topic of the push. */
  get topic(): string {
    return this.#membership.topic;
  }

  /**
   * Sends a reply. Works at any time, more than once, and after the channel has ended; does nothing once the connection
   * is closed.
   *
   * @param response Any JSON value, or a `Uint8Array`.
   * @param status `"ok"`, `"error"`, or any other word that the client listens for.
   * @throws {TypeError} If `response` cannot be encoded.
   */
  reply(response: JsonOrBytes = {}, status: string = "ok"): void {
    this.#membership.reply(this.#ref, status, response);
    this.#memory?.settle(status, response);
  }
}
