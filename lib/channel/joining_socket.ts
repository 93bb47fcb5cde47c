/**
 * The connection of a channel whose client asks to join.
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
 * The connection as `join` sees it. Pushing and broadcasting come with the {@linkcode ChannelSocket}: the client does
 * not listen before it knows that it has joined.
 *
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

  /** Created when a client asks to join. */
  constructor(context: ChannelContext) {
    this.#context = context;
    this.topic = context.membership.topic;
  }

  /**
   * What `Socket.connect`, or the last `Socket.refresh`, returned: a copy, which all channels of the connection share.
   * It is frozen; a channel keeps what it needs to remember in its fields.
   */
  get assigns(): Readonly<A> {
    return this.#context.assigns as Readonly<A>; // of a channel that the socket's class names, so it needs no other
  }

  /** The socket's id, from `Socket.id`. */
  get id(): string | null {
    return this.#context.client.identity.id;
  }

  /** How the connection is carried: `"websocket"` or `"longpoll"`; `"test"` in tests. */
  get transport(): string {
    return this.#context.membership.transport;
  }

  /** The channel's process: messages sent to it reach `handleInfo`, later ones by {@linkcode sendAfter}. */
  get self(): Self<unknown> {
    return this.#context.self;
  }

  /**
   * The channel's process as a server: others may call what `handleCall` handles.
   *
   * Name the interface that the handlers are declared for, by `handleCall = this.calls<I>({...})`. Channels take no
   * casts.
   *
   * @returns A reference to hand on. Calls fail with `CallExitError` once the channel has ended.
   */
  server<I extends ServerInterface & { readonly casts?: never }>(): ServerRef<I> {
    return this.#context.self as unknown as ServerRef<I>; // the interface only exists at compile time
  }

  /**
   * Reaches all other topics. A broadcast of `"disconnect"` to a socket's id closes that socket, as
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
   * Hides what is secret, by the names in `Socket.redactedKeys`: for parameters and payloads on their way into a log.
   *
   * @param value Any value, which stays as it is.
   * @returns It, or a copy without secrets.
   */
  redact(value: unknown): unknown {
    return this.#context.shared.redact(value);
  }

  /**
   * Subscribes the channel's process to another topic: its broadcasts reach `handleInfo` as {@linkcode Broadcast}.
   *
   * @returns Ends the subscription, which otherwise lasts as long as the channel.
   */
  subscribe(topic: string): () => void {
    return this.#context.shared.pubsub.subscribe(topic, this.#context.self);
  }

  /**
   * Lets the client get the broadcasts of a topic that it never joined, for as long as the channel lives.
   *
   * @returns Ends the subscription.
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
