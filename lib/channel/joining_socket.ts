/**
 * What a channel may do while it joins.
 *
 * @module
 */

import type { Pid, Self } from "../otp/process/pid.ts";
import type { ServerInterface, ServerRef } from "../otp/server/server_ref.ts";
import type { Frame } from "../protocol/message.ts";
import type { Fastlane } from "../pubsub/fastlane.ts";
import type { PubSub } from "../pubsub/pubsub.ts";
import type { ChannelContext } from "./channel_context.ts";

/**
 * The connection as `join` sees it. Pushing and broadcasting come with the {@linkcode ChannelSocket}: the client does
 * not listen before it knows that it has joined.
 */
export class JoiningSocket<A extends object = object> {
  /** What `connect` gave the socket, and what this channel has added since. A copy: no other channel sees it. */
  readonly assigns: A;
  /** The topic. */
  readonly topic: string;
  /** The socket's id, from `Socket.id`. */
  readonly id: string | null;
  /** How the connection is carried: `"websocket"` or `"longpoll"`; `"test"` in tests. */
  readonly transport: string;
  readonly #context: ChannelContext;

  /** Created when a client asks to join. */
  constructor(assigns: A, context: ChannelContext) {
    this.assigns = assigns;
    this.#context = context;
    this.topic = context.membership.topic;
    this.id = context.id;
    this.transport = context.membership.transport;
  }

  /** The channel's process: messages sent to it reach `handleInfo`, later ones by {@linkcode sendAfter}. */
  get self(): Self<unknown> {
    return this.#context.self;
  }

  /**
   * The channel's process as others see it: what `handleCall` answers, they may call.
   *
   * Name the interface that the handlers are written for, with `handleCall: ChannelCallHandlers<A, I>`; channels take
   * no casts.
   *
   * @returns A reference to hand on. Calls fail with `CallExitError` once the channel has ended.
   */
  ref<I extends ServerInterface & { readonly casts?: never }>(): ServerRef<I> {
    return this.#context.self as unknown as ServerRef<I>; // the interface only exists at compile time
  }

  /**
   * Reaches all other topics. A broadcast of `"disconnect"` to a socket's id closes that socket, as
   * `endpoint.disconnect` does.
   */
  get pubsub(): PubSub {
    return this.#context.pubsub;
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
    return this.#context.redact(value);
  }

  /** Adds to {@linkcode assigns}. */
  assign(more: Partial<A>): void {
    Object.assign(this.assigns, more);
  }

  /**
   * Subscribes the channel's process to another topic: its broadcasts reach `handleInfo` as {@linkcode Broadcast}.
   *
   * @returns Ends the subscription, which otherwise lasts as long as the channel.
   */
  subscribe(topic: string): () => void {
    return this.#context.pubsub.subscribe(topic, this.#context.self);
  }

  /**
   * Lets the client get the broadcasts of a topic that it never joined, for as long as the channel lives.
   *
   * @returns Ends the subscription.
   */
  subscribeClient(topic: string): () => void {
    const { pubsub, self, membership } = this.#context;
    const fastlane: Fastlane<Frame> = {
      encoder: membership.encoder,
      intercepts: NOTHING,
      write: (frame) => membership.write(frame),
    };
    return pubsub.subscribe(topic, self, fastlane);
  }
}

const NOTHING: ReadonlySet<string> = new Set();
