/**
 * The connection of a channel whose client requests to join.
 *
 * @module
 */

import type { Pid, Self } from "../otp/process/pid.ts";
import type { ServerInterface, ServerRef } from "../otp/server/server_ref.ts";
import type { Frame } from "../protocol/message.ts";
import { type Fastlane, NO_EVENTS } from "../pubsub/fastlane.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { ChannelContext } from "./_channel_context.ts";

/**
 * The connection of a client, as passed to `join`. Pushing and broadcasting are only possible with the {@linkcode
 * ChannelSocket}, after the join: before that, the client does not listen.
 *
 * @category Channels
 * @example Usage
 * ```ts
 * import { Channel, type JoiningSocket, ok, refuse } from "@urvogel/realtime";
 *
 * interface User {
 *   readonly name: string;
 *   readonly rooms: readonly string[];
 * }
 *
 * class RoomChannel extends Channel<User> {
 *   override join(topic: string, _params: unknown, socket: JoiningSocket<User>) {
 *     if (!socket.assigns.rooms.includes(topic)) return refuse({ reason: "unauthorized" });
 *     socket.subscribeClient(`user:${socket.assigns.name}`); // news for this user, in whichever room
 *     return ok({ welcome: socket.assigns.name });
 *   }
 * }
 * ```
 */
export class JoiningSocket<A extends object = object> {
  /** The topic. */
  readonly topic: string;
  readonly #context: ChannelContext;

  /** Created by the library when a client requests to join. */
  constructor(context: ChannelContext) {
    this.#context = context;
    this.topic = context.membership.topic;
  }

  /**
   * The assigns that `Socket.connect`, or the last `Socket.refresh`, returned: a frozen copy that all channels of the
   * connection share. Keep a channel's own state in its fields.
   */
  get assigns(): Readonly<A> {
    return this.#context.assigns as Readonly<A>; // the socket's class lists this channel, so the type fits
  }

  /** The socket's id, from `Socket.id`. */
  get id(): string | null {
    return this.#context.client.identity.id;
  }

  /** The transport of the connection: `"websocket"` or `"longpoll"`; `"test"` in tests. */
  get transport(): string {
    return this.#context.membership.transport;
  }

  /** The channel's process. Messages sent to it, also with {@linkcode sendAfter}, are handled by `handleInfo`. */
  get self(): Self<unknown> {
    return this.#context.self;
  }

  /**
   * Returns the channel's process as a server, so that others can call it; `handleCall` handles the calls.
   *
   * `I` is the interface that the handlers are declared for, with `handleCall = this.calls<I>({...})`. Channels do not
   * support casts.
   *
   * @returns A reference that can be passed on. Calls fail with `CallExitError` once the channel has ended.
   */
  server<I extends ServerInterface & { readonly casts?: never }>(): ServerRef<I> {
    return this.#context.self as unknown as ServerRef<I>; // the interface only exists at compile time
  }

  /**
   * The PubSub of the endpoint, for other topics. A broadcast of `"disconnect"` to a socket's id closes that socket, as
   * `endpoint.disconnect` does.
   */
  get pubsub(): PubSub {
    return this.#context.shared.pubsub;
  }

  /** The process of the connection. */
  get transportPid(): Pid<never> {
    return this.#context.transportPid;
  }

  /**
   * Hides secrets, by the names in `Socket.redactedKeys`. Use it for parameters and payloads that are logged.
   *
   * @param value Any value. It is not changed.
   * @returns The value, or a copy without secrets.
   */
  redact(value: unknown): unknown {
    return this.#context.shared.redact(value);
  }

  /**
   * Subscribes the channel's process to another topic. `handleInfo` receives its broadcasts as {@linkcode Broadcast}.
   *
   * Await `socket.pubsub.topicReady(topic)` before this call if nothing of other nodes may be missed. The channel's own
   * topic is ready when it has joined.
   *
   * @returns A function that ends the subscription, which otherwise lasts as long as the channel.
   */
  subscribe(topic: string): () => void {
    return this.#context.shared.pubsub.subscribe(topic, this.#context.self);
  }

  /**
   * Sends the client the broadcasts of a topic that it has not joined, for as long as the channel lives.
   *
   * @returns A function that ends the subscription.
   */
  subscribeClient(topic: string): () => void {
    const { shared: { pubsub }, self, membership } = this.#context;
    const fastlane: Fastlane<Frame> = {
      encoder: membership.encoder,
      intercepts: NO_EVENTS,
      write: (frame) => membership.write(frame),
    };
    return pubsub.subscribe(topic, self, fastlane);
  }
}
