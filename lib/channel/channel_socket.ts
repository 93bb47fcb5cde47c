/**
 * The connection of a channel that has been joined.
 *
 * @module
 */

import { quoted } from "../base/printable.ts";
import type { Contract } from "../contract/contract.ts";
import type { EventName, ReceivedReply, SentPayload } from "../contract/messages.ts";
import type { Untyped } from "../contract/untyped.ts";
import { publish, type PublishOptions } from "../history/publish.ts";
import type { LibraryEvent } from "../protocol/event_names.ts";
import { assertPayload } from "../protocol/json.ts";
import type { JsonObject, Payload } from "../protocol/payload.ts";
import type { ChannelContext } from "./_channel_context.ts";
import { JoiningSocket } from "./joining_socket.ts";
import { startStream, type StreamOptions, type StreamResult } from "./history/stream.ts";
import { request, type RequestOptions } from "./requests/request.ts";

/**
 * The events that a channel of contract `C` may send: those that it declares, and those of the library.
 *
 * @category Contracts
 */
export type OutName<C extends Contract> = EventName<C, "out"> | LibraryEvent;

/**
 * What a channel of contract `C` passes in as the payload of event `K`.
 *
 * @category Contracts
 */
export type OutPayload<C extends Contract, K extends OutName<C>> = K extends EventName<C, "out">
  ? SentPayload<C, "out", K>
  : Payload;

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
export class ChannelSocket<A extends object = object, C extends Contract = Untyped> extends JoiningSocket<A> {
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
  push<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#assertAlive("push");
    this.#context.membership.push(event, payload);
  }

  /**
   * Sends this client a request, and waits for the answer. A handler may await it: the answer does not go through the
   * channel's mailbox. It counts towards the client's rates and sizes, as the event `phx_answer`.
   *
   * ```ts
   * import { Channel, type ChannelSocket, ok, type JsonOrBytes, reply, replyError } from "@urvogel/realtime";
   *
   * class FilesChannel extends Channel {
   *   override join() {
   *     return ok();
   *   }
   *   override handleIn = this.handlers({
   *     delete: async (_payload: JsonOrBytes, socket: ChannelSocket) => {
   *       const isSure = await socket.request("confirm", { text: "Delete it?" }, { timeoutMs: 60_000 });
   *       return isSure === true ? reply() : replyError({ reason: "not confirmed" });
   *     },
   *   });
   * }
   * ```
   *
   * The client gets the event with a reference, and sends the reference back. With `@urvogel/realtime/client` that is
   * `room.onRequest("confirm", ({ text }) => confirm(text))`; phoenix.js as it is, of any version, does the same with
   *
   * ```ts ignore
   * channel.on("confirm", ({ text }, ref) => {
   *   channel.push("phx_answer", { ref, response: confirm(text) }); // or { ref, error: { reason: "busy" } }
   * });
   * ```
   *
   * **If the handler does not catch the error**, a timeout ends the channel, as every other throw does. The error for a
   * client that has left or disconnected does not.
   *
   * Requests and answers are JSON: a binary frame has no place for the reference. Clients of Supabase cannot answer.
   *
   * @param event The name of the event.
   * @param payload An object. Bytes cannot be requests.
   * @param options How long to wait: 5,000 ms by default.
   * @returns The client's answer: any JSON value. It is untrusted: validate it, unless the channel's contract has a
   * reply for this event. Then it is what the schema returns.
   * @throws {RequestTimeoutError} If the client does not answer in time.
   * @throws {RequestExitError} If the channel ends, or has ended, or the client leaves or disconnects.
   * @throws {RequestRefusedError} If the client answers with `{ error }`.
   * @throws {InvalidAnswerError} If the answer does not fit the contract. The client gets an error reply.
   * @throws {TooManyRequestsError} If {@linkcode Channel.prototype.maxPendingRequests | Channel.maxPendingRequests}
   * others wait.
   * @throws {TypeError} If the payload is not an object, or JSON cannot represent it.
   * @throws {UnencodableError} If the client's format has no requests, as Supabase's.
   */
  request<K extends EventName<C, "out">>(
    event: K,
    payload: SentPayload<C, "out", K> & JsonObject,
    options?: RequestOptions,
  ): Promise<ReceivedReply<C, "out", K>> {
    return request(this.#context, event, payload, options) as Promise<ReceivedReply<C, "out", K>>; // it is validated
  }

  /**
   * Sends an event to all members of this topic on all nodes, including this client.
   *
   * @param event The name of the event.
   * @param payload An object, or a `Uint8Array`.
   * @throws {TypeError} If the channel has ended, or JSON cannot represent the payload, such as a promise. If a member
   * uses protocol V2, also if the payload is not an object, such as an array.
   */
  broadcast<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.broadcast(this.topic, event, payload);
  }

  /**
   * Sends an event to all members of this topic, as {@linkcode ChannelSocket.prototype.broadcast | broadcast} does, and
   * waits until it is kept. The topic must have history, see {@linkcode Channel.prototype.history | Channel.history}.
   *
   * @param event The name of the event.
   * @param payload An object, or a `Uint8Array`.
   * @param options A key that makes it idempotent.
   * @returns The position of the message.
   * @throws {TypeError} If the channel has ended, the payload is not valid, or there is no history of such events.
   * @throws {BusDownError} If what keeps it cannot be reached. The message was not delivered, unless the error says that
   * this is not known (`mayBeDone`): then publish it again, with the same key.
   * @throws {TooLargeError} If it is too large to be kept.
   */
  async publish<K extends OutName<C>>(event: K, payload: OutPayload<C, K>, options?: PublishOptions): Promise<string> {
    this.#assertMayBroadcast(payload);
    return await publish(this.#context.shared.pubsub, this.topic, event, payload, options);
  }

  /**
   * Publishes what an async iterable yields, such as the words of a generated answer, one message for each item. The
   * topic must have history, so a client that was away, or a page that was reloaded in the middle, gets all of it.
   *
   * The stream runs in a process of its own: **it continues when this client leaves**, and ends with its source, with
   * `signal` or with the endpoint. So a handler need not await it. The source is asked for the next item once the one
   * before it is kept; clients that read slowly do not slow it down. While history is not available, a message is tried
   * again for a minute, and counts once.
   *
   * The last message is `<event>_end` with `{ count }`, or `<event>_error` with `{ count, reason }`: `"stream failed"`,
   * or `"stream aborted"`. A contract has to declare these events.
   *
   * ```ts
   * import { Channel, type ChannelSocket, type JsonOrBytes, ok, reply } from "@urvogel/realtime";
   *
   * async function* generate(_prompt: string) {
   *   for (const text of ["Hello", " ", "world"]) yield await Promise.resolve({ text });
   * }
   *
   * class AnswerChannel extends Channel {
   *   override history = { maxMessages: 10_000, maxAgeMs: 600_000 };
   *   override join() {
   *     return ok();
   *   }
   *   override handleIn = this.handlers({
   *     ask: (prompt: JsonOrBytes, socket: ChannelSocket) => {
   *       void socket.stream("token", generate(String(prompt)));
   *       return reply();
   *     },
   *   });
   * }
   * ```
   *
   * A page joins with `since: "last:10000"`, or with its position.
   *
   * @param event The name of the event.
   * @param payloads The source: each item is a payload, an object or a `Uint8Array`.
   * @param options A signal that ends it, and what the last message contains.
   * @returns How it ended, with the number of items. It is never rejected: what the source throws is reported as a
   * crash of the stream's process.
   * @throws {TypeError} If the channel has ended, or one of the three events has no history.
   */
  stream<K extends OutName<C>>(
    event: K,
    payloads: AsyncIterable<OutPayload<C, K>> | Iterable<OutPayload<C, K>>,
    options?: StreamOptions,
  ): Promise<StreamResult> {
    this.#assertAlive("stream");
    return startStream(this.#context, { event, payloads: payloads as AsyncIterable<Payload> }, options);
  }

  /** Like {@linkcode ChannelSocket.prototype.broadcast | broadcast}, but not to this client. */
  broadcastFrom<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.broadcastFrom(this.#context.self, this.topic, event, payload);
  }

  /** Like {@linkcode ChannelSocket.prototype.broadcast | broadcast}, but only to the members on this node. */
  localBroadcast<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.localBroadcast(this.topic, event, payload);
  }

  /** Like {@linkcode ChannelSocket.prototype.broadcastFrom | broadcastFrom}, but only to the members on this node. */
  localBroadcastFrom<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.#assertMayBroadcast(payload);
    this.#context.shared.pubsub.localBroadcastFrom(this.#context.self, this.topic, event, payload);
  }

  #assertMayBroadcast(payload: unknown): asserts payload is Payload {
    this.#assertAlive("broadcast");
    assertPayload(payload, "payload of broadcast"); // here: there may be no member yet to reject it
  }

  // A handler may still be waiting when its channel ends. After that it must not send anything.
  #assertAlive(what: string): void {
    if (!this.#context.self.alive) {
      throw new TypeError(
        `Cannot ${what}: the channel of ${quoted(this.topic)} has ended; check socket.self.signal after waiting`,
      );
    }
  }
}
