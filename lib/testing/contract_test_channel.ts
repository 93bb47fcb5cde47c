/**
 * A topic that a test client has joined by a contract.
 *
 * @module
 */

import { AssertionError } from "@std/assert/assertion-error";
import { quoted } from "../base/printable.ts";
import type { OutName, OutPayload } from "../channel/channel_socket.ts";
import type { LibraryPayloads } from "../client/library_payloads.ts";
import type { Contract } from "../contract/contract.ts";
import type {
  EventName,
  ReceivedJoinReply,
  ReceivedPayload,
  ReceivedReply,
  SentPayload,
  SentReply,
} from "../contract/messages.ts";
import type { Schema } from "../contract/schema.ts";
import { validate } from "../contract/validate.ts";
import type { Pattern } from "./pattern.ts";
import type { ReceivedRequest } from "./received_request.ts";
import type { TestChannel } from "./test_channel.ts";

/** A {@linkcode Pattern} for values of type `T`: misspelled keys do not compile. */
export type PatternOf<T> =
  | ((value: unknown) => boolean)
  | (T extends Uint8Array ? Uint8Array : T extends object ? { readonly [K in keyof T]?: PatternOf<T[K]> } : T);

/** The ref of a push of event `K`, for `assertReply`. */
export type PushRef<K extends string = string> = string & { readonly pushed?: K };

/** The events that a client may receive: those of the contract, and those of the library itself. */
export type PushedName<C extends Contract> = EventName<C, "out"> | keyof LibraryPayloads;

/** What comes over the wire as the payload of an event. */
export type PushedPayload<C extends Contract, K extends PushedName<C>> = K extends EventName<C, "out">
  ? SentPayload<C, "out", K>
  : K extends keyof LibraryPayloads ? LibraryPayloads[K]
  : never;

/** What the client receives as the payload of an event: the output of its schema. */
export type ReceivedOut<C extends Contract, K extends PushedName<C>> = K extends EventName<C, "out">
  ? ReceivedPayload<C, "out", K>
  : PushedPayload<C, K>;

/**
 * A topic that a test client has joined by contract `C`. It only sends and expects events of the contract. What the
 * server says is validated, and returned as the schema has transformed it; patterns are for what came over the wire.
 *
 * @example Usage
 * ```ts
 * import { channelOf, ok, reply, Socket } from "@urvogel/realtime";
 * import { contract } from "@urvogel/realtime/contract";
 * import { connect } from "@urvogel/realtime/testing";
 * import { assertEquals } from "@std/assert";
 * import * as z from "zod";
 *
 * const clock = contract({
 *   in: { now: { payload: z.object({}), reply: z.object({ at: z.coerce.date<string>() }) } },
 * });
 * class ClockChannel extends channelOf(clock) {
 *   override join() {
 *     return ok();
 *   }
 *   override handleIn = this.handlers({ now: () => reply({ at: "2026-01-01T00:00:00Z" }) });
 * }
 * class ClockSocket extends Socket {
 *   override channels = { clock: ClockChannel };
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * await using client = await connect(ClockSocket);
 * const channel = await client.join(clock, "clock");
 * const { at } = await channel.assertReply(channel.push("now", {}), "ok");
 * assertEquals(at, new Date("2026-01-01T00:00:00Z"));
 * ```
 */
export class ContractTestChannel<C extends Contract> {
  /** The server's reply to the join. */
  readonly joinReply: ReceivedJoinReply<C>;
  /** The same topic without the contract, to send what does not fit. */
  readonly untyped: TestChannel;
  readonly #contract: C;
  readonly #pushed = new Map<string, string>();

  /**
   * Created when a client has joined.
   *
   * @param joinReply The response to the join, as the contract lets it through.
   */
  constructor(contract: C, channel: TestChannel, joinReply: unknown) {
    this.#contract = contract;
    this.untyped = channel;
    this.joinReply = joinReply as ReceivedJoinReply<C>;
  }

  /** The topic. */
  get topic(): string {
    return this.untyped.topic;
  }

  /** Sends an event of the contract; see {@linkcode TestChannel.prototype.push | TestChannel.push}. */
  push<K extends EventName<C, "in">>(event: K, payload: SentPayload<C, "in", K>): PushRef<K> {
    const ref = this.untyped.push(event, payload);
    this.#pushed.set(ref, event);
    return ref;
  }

  /** Leaves the topic. Returns the ref, for {@linkcode ContractTestChannel.prototype.assertReply | assertReply}. */
  leave(): PushRef<never> {
    return this.untyped.leave();
  }

  /**
   * Asserts that a push gets the reply that the contract declares; see
   * {@linkcode TestChannel.prototype.assertReply | TestChannel.assertReply}.
   */
  assertReply<K extends EventName<C, "in">>(
    ref: PushRef<K>,
    status: "ok",
    response?: PatternOf<SentReply<C, "in", K>>,
  ): Promise<ReceivedReply<C, "in", K>>;
  /** Asserts that a push gets another reply, such as an error. */
  assertReply<S extends string>(
    ref: string,
    status: S extends "ok" ? never : S,
    response?: Pattern,
  ): Promise<unknown>;
  async assertReply(ref: string, status: string, response?: unknown): Promise<unknown> {
    const found = await this.untyped.assertReply(ref, status, ...patternOf(response));
    const event = this.#pushed.get(ref);
    if (status !== "ok" || event === undefined) return found;
    return await valid(`reply to ${quoted(event)}`, this.#contract.in?.[event]?.reply, found);
  }

  /** Asserts that a push gets no such reply. @throws {AssertionError} If it does. */
  async refuteReply(ref: string, status: string, response?: Pattern): Promise<void> {
    await this.untyped.refuteReply(ref, status, ...patternOf(response));
  }

  /**
   * Asserts that the client receives an event of the contract, or one of the library such as `presence_diff` or
   * `history_state`; see {@linkcode TestChannel.prototype.assertPush | TestChannel.assertPush}.
   */
  async assertPush<K extends PushedName<C>>(
    event: K,
    payload?: PatternOf<PushedPayload<C, K>>,
  ): Promise<ReceivedOut<C, K>> {
    return await this.#validOut("push", event, await this.untyped.assertPush(event, ...patternOf(payload)));
  }

  /**
   * Asserts that the client receives a request of the contract; see
   * {@linkcode TestChannel.prototype.assertRequest | TestChannel.assertRequest}.
   */
  async assertRequest<K extends EventName<C, "out">>(
    event: K,
    payload?: PatternOf<SentPayload<C, "out", K>>,
  ): Promise<ReceivedRequest> {
    return await this.untyped.assertRequest(event, ...patternOf(payload));
  }

  /** Asserts that the client does not receive such an event. @throws {AssertionError} If it does. */
  async refutePush<K extends PushedName<C>>(event: K, payload?: PatternOf<PushedPayload<C, K>>): Promise<void> {
    await this.untyped.refutePush(event, ...patternOf(payload));
  }

  /**
   * Asserts that an event of the contract is broadcast; see
   * {@linkcode TestChannel.prototype.assertBroadcast | TestChannel.assertBroadcast}.
   */
  async assertBroadcast<K extends OutName<C>>(
    event: K,
    payload?: PatternOf<OutPayload<C, K>>,
  ): Promise<ReceivedOut<C, K>> {
    return await this.#validOut("broadcast", event, await this.untyped.assertBroadcast(event, ...patternOf(payload)));
  }

  /** Asserts that there is no such broadcast. @throws {AssertionError} If there is. */
  async refuteBroadcast<K extends OutName<C>>(event: K, payload?: PatternOf<OutPayload<C, K>>): Promise<void> {
    await this.untyped.refuteBroadcast(event, ...patternOf(payload));
  }

  /**
   * Sends an event of the contract to all members; see
   * {@linkcode TestChannel.prototype.broadcastFrom | TestChannel.broadcastFrom}.
   */
  broadcastFrom<K extends OutName<C>>(event: K, payload: OutPayload<C, K>): void {
    this.untyped.broadcastFrom(event, payload as object);
  }

  async #validOut<K extends PushedName<C>>(what: string, event: K, payload: unknown): Promise<ReceivedOut<C, K>> {
    const found = await valid(`${what} ${quoted(event)}`, this.#contract.out?.[event]?.payload, payload);
    return found as ReceivedOut<C, K>;
  }
}

/** The argument for a pattern; none if anything matches. */
function patternOf(pattern: unknown): [] | [Pattern] {
  return pattern === undefined ? [] : [pattern as Pattern];
}

/**
 * Validates what the server said.
 *
 * @returns What the schema made of it.
 * @throws {AssertionError} If it does not fit.
 */
export async function valid(what: string, schema: Schema | undefined, value: unknown): Promise<unknown> {
  if (schema === undefined) return value;
  const validated = await validate(schema, value);
  if (validated.kind === "valid") return validated.value;
  throw new AssertionError(`Expected a ${what} that fits the contract, but ${quoted(validated.issues, 1000)}`);
}
