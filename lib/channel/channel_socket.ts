/**
 * What a joined channel may do.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import { assertPayload } from "../protocol/json.ts";
import type { ChannelContext } from "./channel_context.ts";
import { JoiningSocket } from "./joining_socket.ts";

/** The connection as a joined channel sees it. */
export class ChannelSocket<A extends object = object> extends JoiningSocket<A> {
  readonly #context: ChannelContext;

  /** Created when a client has joined. */
  constructor(assigns: A, context: ChannelContext) {
    super(assigns, context);
    this.#context = context;
  }

  /**
   * Sends an event to this client.
   *
   * @param event What happened.
   * @param payload More about it: an object, or a `Uint8Array`.
   * @throws {TypeError} If the payload is something else, or the channel has ended.
   */
  push(event: string, payload: object): void {
    this.#assertAlive("push");
    this.#context.membership.push(event, payload);
  }

  /**
   * Sends an event to all members of this topic, on all nodes, this client too.
   *
   * @param event What happened.
   * @param payload More about it: an object, or a `Uint8Array`.
   * @throws {TypeError} If the channel has ended, or the payload is something else that JSON cannot carry, such as a
   * promise; or any other thing, where members are to get it by protocol V2.
   */
  broadcast(event: string, payload: object): void {
    this.#assertMayBroadcast(payload);
    this.#context.pubsub.broadcast(this.topic, event, payload);
  }

  /** As {@linkcode broadcast}, to all members but this client. */
  broadcastFrom(event: string, payload: object): void {
    this.#assertMayBroadcast(payload);
    this.#context.pubsub.broadcastFrom(this.#context.self, this.topic, event, payload);
  }

  /** As {@linkcode broadcast}, to the members on this node. */
  localBroadcast(event: string, payload: object): void {
    this.#assertMayBroadcast(payload);
    this.#context.pubsub.localBroadcast(this.topic, event, payload);
  }

  /** As {@linkcode broadcastFrom}, to the members on this node. */
  localBroadcastFrom(event: string, payload: object): void {
    this.#assertMayBroadcast(payload);
    this.#context.pubsub.localBroadcastFrom(this.#context.self, this.topic, event, payload);
  }

  #assertMayBroadcast(payload: unknown): void {
    this.#assertAlive("broadcast");
    assertPayload(payload, "payload of broadcast"); // here, for nobody may be there yet whose format would find out
  }

  // A handler may still be waiting for something when its channel ends: nobody is to hear from it any more.
  #assertAlive(what: string): void {
    if (!this.#context.self.alive) {
      throw new TypeError(`Cannot ${what}: the channel of ${quoted(this.topic)} has ended`);
    }
  }
}
