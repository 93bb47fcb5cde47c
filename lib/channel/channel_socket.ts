/**
 * The connection of a channel that has been joined.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { assertPayload } from "../protocol/json.ts";
import type { Payload } from "../protocol/payload.ts";
import type { ChannelContext } from "./_channel_context.ts";
import { JoiningSocket } from "./joining_socket.ts";

/**
 * The connection of a joined channel. Extends {@linkcode JoiningSocket} with sending messages to the client and to the
 * other members of the topic.
 *
 * @category Channels
 * @example Usage
 * ```ts
 * import { Channel, noreply, ok, type Params, Socket } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 *
 * class RoomChannel extends Channel<{ user: string }> {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({
 *     say: (text, socket) => {
 *       socket.broadcastFrom("said", { from: socket.assigns.user, text }); // to all others
 *       socket.push("sent", { text }); // to this client
 *       return noreply();
 *     },
 *   });
 * }
 *
 * class UserSocket extends Socket<{ user: string }> {
 *   override channels = { "room:*": RoomChannel };
 *   override connect({ user }: Params) {
 *     return ok({ user: String(user) });
 *   }
 * }
 *
 * await using client = await connect(UserSocket, { user: "ann" });
 * const room = await client.subscribeAndJoin("room:lobby");
 * room.push("say", "hello");
 * await room.assertPush("sent", { text: "hello" });
 * await room.assertBroadcast("said", { from: "ann", text: "hello" });
 * await room.refutePush("said");
 * ```
 */
export class ChannelSocket<A extends object = object> extends JoiningSocket<A> {
  readonly #context: ChannelContext;

  /** Created by the library when a client has joined. */
  constructor(context: ChannelContext) {
    super(context);
    this.#context = context;
  }

  /**
   * Sends an event to this client.
   *
   * @param event The name of the event.
   * @param payload An object, or a `Uint8Array`.
   * @throws {TypeError} If the payload is something else, or the channel has ended.
   */
  push(event: string, payload: Payload): void {
    this.#assertAlive("push");
    this.#context.membership.push(event, payload);
  }

  /**
   * Sends an event to all members of this topic on all nodes, including this client.
   *
   * @param event The name of the event.
   * @param payload An object, or a `Uint8Array`.
   * @throws {TypeError} If the channel has ended, or JSON cannot represent the payload, such as a promise. If a member
   * uses protocol V2, also if the payload is not an object, such as an array.
   */
  broadcast(event: string, payload: Payload): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.broadcast(this.topic, event, payload);
  }

  /** Like {@linkcode broadcast}, but not to this client. */
  broadcastFrom(event: string, payload: Payload): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.broadcastFrom(this.#context.self, this.topic, event, payload);
  }

  /** Like {@linkcode broadcast}, but only to the members on this node. */
  localBroadcast(event: string, payload: Payload): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.localBroadcast(this.topic, event, payload);
  }

  /** Like {@linkcode broadcastFrom}, but only to the members on this node. */
  localBroadcastFrom(event: string, payload: Payload): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.localBroadcastFrom(this.#context.self, this.topic, event, payload);
  }

  #assertMayBroadcast(payload: unknown): void {
    this.#assertAlive("broadcast");
    assertPayload(payload, "payload of broadcast"); // here: there may be no member yet to reject it
  }

  // A handler may still be waiting when its channel ends. After that it must not send anything.
  #assertAlive(what: string): void {
    if (!this.#context.self.alive) {
      throw new TypeError(`Cannot ${what}: the channel of ${quoted(this.topic)} has ended`);
    }
  }
}
