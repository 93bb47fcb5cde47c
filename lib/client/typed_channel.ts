/**
 * A channel of phoenix.js whose messages follow a contract, as types.
 *
 * @module
 */

import type { Contract } from "../contract/contract.ts";
import type { EventName } from "../contract/messages.ts";
import type { ServerEvent, WireJoinReply, WirePayload, WirePush, WireReply } from "./wire_types.ts";

/** A `Push` of phoenix.js whose response is known: a message that waits for its reply. */
export interface TypedPush<R> {
  /** Calls `callback` with the response when the server has accepted the message. */
  receive(status: "ok", callback: (response: R) => unknown): this;
  /** Calls `callback` when the server has refused the message: anything, such as `{ reason: "invalid payload" }`. */
  receive(status: "error", callback: (response: unknown) => unknown): this;
  /** Calls `callback` when no reply arrives in time. */
  receive(status: "timeout", callback: () => unknown): this;
  /** Sends the message; phoenix.js does so by itself. */
  send(): void;
  /** Sends the message again. */
  resend(timeoutMs: number): void;
}

/** A `Channel` of phoenix.js 1.6 to 1.8 whose messages follow contract `C`; see {@linkcode TypedSocket}. */
export interface TypedChannel<C extends Contract> {
  /** The contract, which only the compiler reads. */
  readonly "~contract"?: C | undefined;
  /** The topic. */
  readonly topic: string;
  /** Whether it has been joined. */
  readonly state: "closed" | "errored" | "joined" | "joining" | "leaving";
  /** Joins; once per channel. phoenix.js joins again by itself. */
  join(timeoutMs?: number): TypedPush<WireJoinReply<C>>;
  /** Leaves for good. */
  leave(timeoutMs?: number): TypedPush<unknown>;
  /** Sends an event; after the join, if that is not through. */
  push<K extends EventName<C, "in">>(event: K, payload: WirePush<C, K>, timeoutMs?: number): TypedPush<WireReply<C, K>>;
  /**
   * Calls `callback` for each event of this name. `ref` is a text if the event is a request of the server, and
   * the position of the message, such as `"edd896ef.1:7"`, if the topic has history. Returns a
   * number for {@linkcode TypedChannel.off | off}.
   */
  on<K extends ServerEvent<C>>(event: K, callback: (payload: WirePayload<C, K>, ref?: unknown) => unknown): number;
  /** Ends what {@linkcode TypedChannel.on | on} began. */
  off(event: ServerEvent<C>, ref?: number): void;
  /** Calls `callback` when the channel is closed. Returns a number for {@linkcode TypedChannel.off | off}. */
  onClose(callback: (payload?: unknown, ref?: unknown, joinRef?: unknown) => unknown): number;
  /** Calls `callback` when the channel fails. Returns a number for {@linkcode TypedChannel.off | off}. */
  onError(callback: (reason?: unknown) => unknown): number;
  /**
   * Replace it to change payloads before the callbacks of {@linkcode TypedChannel.on | on} get them. It returns the
   * payload.
   */
  onMessage(event: string, payload: unknown, ref: unknown): unknown;
}
