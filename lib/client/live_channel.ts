/**
 * Promises and async iterators for a channel of phoenix.js.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";
import type { EventName } from "../contract/messages.ts";
import type { Untyped } from "../contract/untyped.ts";
import { PHX_ANSWER } from "../protocol/events.ts";
import { isRequestRef } from "../protocol/request.ts";
import { type ChannelLife, lifeOf } from "./_channel_life.ts";
import { ChannelClosedError } from "./errors.ts";
import { type EventStream, eventStream, type EventStreamOptions } from "./event_stream.ts";
import { loadJoinParams } from "./_join_params.ts";
import type { PhoenixChannel, PhoenixPush } from "./phoenix_client.ts";
import { type AwaitedReply, awaitReply, type ReplyOptions } from "./reply.ts";
import type { TypedChannel } from "./typed_channel.ts";
import type {
  CallArguments,
  ServerEvent,
  WireAnswer,
  WireJoinReply,
  WireParams,
  WirePayload,
  WireReply,
} from "./wire_types.ts";

/** Options for {@linkcode live}. */
export interface LiveOptions<C extends Contract = Untyped> {
  /**
   * Returns the parameters of the join, or a promise of them. Called before each join, also when phoenix.js joins
   * again: a token that has expired can be replaced. They take the place of those that `socket.channel` was given. If
   * it fails, it is called again after the delay of `rejoinAfterMs`, and `channel.onError` is notified.
   *
   * @default {what socket.channel was given}
   */
  readonly params?: () => WireParams<C> | Promise<WireParams<C>>;
}

/** Handles a request of the server: returns the answer, or a promise of it. */
export type RequestHandler<C extends Contract, K extends EventName<C, "out">> = (
  payload: WirePayload<C, K>,
) => WireAnswer<C, K>;

/** A channel of phoenix.js; if it is a {@linkcode TypedChannel}, `C` is its contract. */
export type MaybeTypedChannel<C extends Contract> = PhoenixChannel & Pick<TypedChannel<C>, "~contract">;

/**
 * A channel of phoenix.js with promises and async iterators; see {@linkcode live}. `C` is the contract of the channel.
 */
export interface LiveChannel<C extends Contract = Untyped> {
  /** The channel of phoenix.js, for everything else. */
  readonly channel: TypedChannel<C>;
  /**
   * Joins the topic. phoenix.js joins again by itself after a failure, until the channel is left: also after an error
   * reply or a timeout here.
   *
   * @returns The server's response.
   * @throws {ReplyError} If the server refuses.
   * @throws {ReplyTimeoutError} If it does not reply in time.
   * @throws {ChannelClosedError} If the channel is left or closed first.
   * @throws {Error} If it has been joined already; what `params` throws; the reason of `signal`.
   */
  join(options?: ReplyOptions): Promise<WireJoinReply<C>>;
  /**
   * Leaves the topic for good: loops over events end, and calls that wait fail. Resolves when the server has confirmed
   * it, or has not within the timeout of the socket.
   */
  leave(): Promise<void>;
  /**
   * Sends an event and waits for the reply. Before the join is through, it waits for that, as every push of phoenix.js.
   *
   * @param event The name of the event.
   * @param message The payload: an object, `{}` by default, or an `ArrayBuffer`, which phoenix.js sends as bytes. Then
   * options: how long to wait.
   * @returns The response: any JSON value, or an `ArrayBuffer`.
   * @throws {ReplyError} If the server replies with an error.
   * @throws {ReplyTimeoutError} If it does not reply in time. What was not sent by then is not sent later.
   * @throws {ChannelClosedError} If the channel is left or closed; if it fails or loses its connection after the event
   * was sent. What was not sent by then is sent when phoenix.js has joined again.
   * @throws {Error} If `join` was not called; the reason of `signal`.
   */
  call<K extends EventName<C, "in">>(event: K, ...message: CallArguments<C, K>): Promise<WireReply<C, K>>;
  /**
   * Returns the events of one name, from now on, for a `for await` loop. It continues when phoenix.js joins again, ends
   * when the channel is left or closed, and unsubscribes when the loop is left.
   *
   * The events wait in a queue. If it is full, the loop gets those that wait and then fails with
   * {@linkcode QueueFullError}: no event is dropped silently. **Events that were sent while the client was away are
   * missing.**
   *
   * @param event The name of the event.
   * @param options How many events may wait.
   * @throws {RangeError} If `capacity` is less than 1.
   */
  events<K extends ServerEvent<C>>(event: K, options?: EventStreamOptions): EventStream<WirePayload<C, K>>;
  /**
   * Handles requests of the server, which `ChannelSocket.request` and `Endpoint.requestAll` send. There may be one
   * handler for an event: the server takes the first answer. Pushes and broadcasts of the same name are ignored.
   *
   * @param event The name of the event.
   * @param handler Returns the answer. If it throws, the server gets `{ reason }` with the message of the error, and
   * nothing else of it.
   * @returns A function that ends this.
   */
  onRequest<K extends EventName<C, "out">>(event: K, handler: RequestHandler<C, K>): () => void;
}

/**
 * Adds promises and async iterators to a channel of phoenix.js 1.6 to 1.8. The channel works as before.
 *
 * ```ts ignore
 * import { Socket } from "phoenix";
 * import { live } from "@urvogel/realtime/client";
 *
 * const socket = new Socket("/socket");
 * socket.connect();
 *
 * const room = live(socket.channel("room:1"));
 * room.onRequest("confirm", ({ text }) => confirm(text));
 * await room.join();
 * await room.call("say", { text: "hello" });
 * for await (const { from, text } of room.events("said")) console.log(from, text);
 * ```
 *
 * Call it once for a channel, before the channel is joined.
 *
 * **Types:** events, payloads and replies are typed if the channel is, which {@linkcode typed} sees to. Or name the
 * contract, of which only the type is needed. They are the types of what is on the wire, since nothing is validated
 * here: where a schema makes a `Date` of a text, a client gets the text.
 *
 * ```ts ignore
 * import type { room } from "./contract.ts";
 *
 * const lobby = live<typeof room>(socket.channel("room:lobby"));
 * ```
 *
 * @param channel A channel, from `socket.channel(topic)`.
 * @param options Parameters that are loaded before each join.
 * @throws {TypeError} If `params` are given, and `channel` is not of phoenix.js 1.4 to 1.8.
 */
export function live<C extends Contract = Untyped>(
  channel: MaybeTypedChannel<C>,
  options?: LiveOptions<C>,
): LiveChannel<C>;
export function live(
  channel: PhoenixChannel,
  { params }: LiveOptions = {},
): Omit<LiveChannel, "channel"> & { readonly channel: PhoenixChannel } {
  const life = lifeOf(channel);
  let failJoin: AwaitedReply["fail"] = () => {};
  if (params) loadJoinParams(channel, params, (error) => failJoin(error));
  return {
    channel,
    join: (options) =>
      exchange(life, `join ${channel.topic}`, options, ({ limitMs, fail }) => {
        failJoin = fail;
        return channel.join(limitMs);
      }, IS_KEPT),
    leave: () =>
      new Promise((resolve) => {
        const push = channel.leave();
        for (const status of ["ok", "timeout"] as const) push.receive(status, () => resolve());
      }),
    call: (event, payload = {}, options) =>
      exchange(life, `call ${event}`, options, ({ limitMs }) => channel.push(event, payload, limitMs)),
    events: (event, options = {}) =>
      eventStream(event, options, ({ put, end }) => {
        const ref = channel.on(event, put);
        const stop = life((isFinal) => isFinal && end());
        return () => {
          channel.off(event, ref);
          stop();
        };
      }),
    onRequest(event, handler) {
      const ref = channel.on(event, (payload, ref) => {
        if (isRequestRef(ref)) void answer(channel, ref, () => handler(payload));
      });
      return () => channel.off(event, ref);
    },
  };
}

/** Said of a message that phoenix.js sends again when it has lost the connection, as it does with joins. */
const IS_KEPT = true;

/** What is used of a push, beyond what is documented. */
type PushInside = PhoenixPush & { readonly sent?: boolean; trigger?(status: string, response: object): void };

/** Sends a message and waits for the reply, or for the end of the channel. */
function exchange(
  life: ChannelLife,
  what: string,
  options: ReplyOptions = {},
  send: (reply: AwaitedReply) => PushInside,
  isKept?: typeof IS_KEPT,
): Promise<unknown> {
  return awaitReply(what, options, (reply) => {
    const push = send(reply);
    push.receive("ok", reply.ok);
    push.receive("error", reply.error);
    const stop = life((isFinal) => {
      // What phoenix.js has not sent, it sends when it has joined again.
      if (isFinal || (push.sent && !isKept)) reply.fail(new ChannelClosedError(what, isFinal));
    });
    return () => {
      stop();
      if (!isKept) push.trigger?.("timeout", {}); // phoenix.js forgets it, and does not send it if it has not
    };
  });
}

async function answer(channel: PhoenixChannel & { state?: unknown }, ref: string, handle: () => unknown) {
  const send = (answer: object) => {
    // Otherwise the request has ended, and phoenix.js would keep the answer until it has joined again.
    if (channel.state === "joined") channel.push(PHX_ANSWER, { ref, ...answer });
  };
  try {
    send({ response: await handle() ?? null });
  } catch (error) { // of the handler, or of JSON about what it returned
    send({ error: { reason: String((error as Error)?.message ?? error) } });
  }
}
