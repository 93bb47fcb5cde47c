/**
 * Requests of the server to one client, and the wait for its answer.
 *
 * @module
 */

import { Alarm } from "../../base/alarm.ts";
import { millisecondsSince } from "../../base/milliseconds_since.ts";
import { quoted } from "../../base/printable.ts";
import type { Pid } from "../../otp/process/pid.ts";
import { processOf } from "../../otp/process/process.ts";
import { assertTimeout } from "../../otp/process/timeout_ms.ts";
import { assertJsonObject } from "../../protocol/json.ts";
import type { JsonObject } from "../../protocol/payload.ts";
import { newRequestRef } from "../../protocol/request.ts";
import type { ChannelContext } from "../_channel_context.ts";
import type { RequestOutcome } from "./_pending_requests.ts";
import { ChannelProcess } from "../channel_process.ts";
import {
  InvalidAnswerError,
  RequestExitError,
  RequestRefusedError,
  RequestTimeoutError,
  TooManyRequestsError,
} from "./request_errors.ts";
import { clientRequested, type ClientRequestedEvent } from "../telemetry.ts";

/** The default of {@linkcode RequestOptions.timeoutMs}, the same as for calls of a server. */
export const REQUEST_TIMEOUT_MS = 5_000;

/**
 * Options for a request to a client.
 *
 * @category Channels
 */
export interface RequestOptions {
  /**
   * How long to wait for the answer, in milliseconds. `Infinity` waits until the channel ends.
   *
   * @default {5000}
   */
  readonly timeoutMs?: number;
  /** Stops waiting when aborted. The client is not notified. */
  readonly signal?: AbortSignal;
}

type Outcome =
  | RequestOutcome
  | { readonly status: "timeout" }
  | { readonly status: "aborted"; readonly reason: unknown };

/**
 * Sends a request to the client of a channel, from anywhere in the program, and waits for the answer. In the channel
 * itself, it is `ChannelSocket.request`, where the details are.
 *
 * @category Channels
 * @example Usage
 * ```ts
 * import { Channel, GenServer, noreply, ok, type Pid, reply, requestClient, Socket } from "@urvogel/realtime";
 * import { connect } from "@urvogel/realtime/testing";
 * import { assertEquals } from "@std/assert";
 *
 * const players: Pid<never>[] = [];
 *
 * class GameChannel extends Channel {
 *   override join() {
 *     return ok();
 *   }
 *   override afterJoin() {
 *     players.push(this.socket.self);
 *   }
 * }
 * class GameSocket extends Socket {
 *   override channels = { "game:*": GameChannel };
 *   override connect() {
 *     return ok();
 *   }
 * }
 *
 * await using client = await connect(GameSocket);
 * const game = await client.join("game:1");
 * const move = requestClient(players[0]!, "your_turn", { round: 1 });
 * const request = await game.assertRequest("your_turn", { round: 1 });
 * request.answer({ x: 3, y: 4 });
 * assertEquals(await move, { x: 3, y: 4 });
 * ```
 *
 * @param channel The process of a joined channel: its `socket.self`, or what `socket.server()` returned.
 * @param event The name of the event.
 * @param payload An object. Bytes cannot be requests.
 * @param options How long to wait.
 * @returns The client's answer: any JSON value. It is untrusted: validate it, unless the channel's contract has a reply
 * for this event.
 * @throws {TypeError} If `channel` is not the process of a channel, or for the reasons of `ChannelSocket.request`.
 * @throws {RequestTimeoutError} If the client does not answer in time.
 * @throws {RequestExitError} If the channel ends, or has ended, or the client leaves or disconnects.
 * @throws {RequestRefusedError} If the client answers with `{ error }`.
 * @throws {InvalidAnswerError} If the answer does not fit the contract of the channel.
 * @throws {TooManyRequestsError} If `Channel.maxPendingRequests` others wait.
 */
export async function requestClient(
  channel: Pid<never>,
  event: string,
  payload: JsonObject,
  options?: RequestOptions,
): Promise<unknown> {
  const process = processOf(channel);
  if (!(process instanceof ChannelProcess)) {
    throw new TypeError(`Cannot request ${quoted(event)}: must be the process of a channel, received ${process.label}`);
  }
  return await process.behaviour.request(event, payload, options);
}

/** Sends a request to the client of the channel that `context` belongs to; see `ChannelSocket.request`. */
export async function request(
  context: ChannelContext,
  event: string,
  payload: unknown,
  { timeoutMs = REQUEST_TIMEOUT_MS, signal }: RequestOptions = {},
): Promise<unknown> {
  assertTimeout(`request ${quoted(event)}`, timeoutMs);
  assertJsonObject(payload, "request");
  signal?.throwIfAborted();
  assertMayRequest(context, event);
  const startedAt = clientRequested.hasListeners ? performance.now() : 0;
  const outcome = await exchange(context, event, payload, timeoutMs, signal);
  report(context, event, outcome.status, startedAt);
  switch (outcome.status) {
    case "ok":
      return outcome.response;
    case "error":
      throw new RequestRefusedError(event, outcome.response);
    case "invalid":
      throw new InvalidAnswerError(event, outcome.issues);
    case "timeout":
      throw new RequestTimeoutError(event, timeoutMs);
    case "ended":
      throw new RequestExitError(event, outcome.reason);
    case "aborted":
      throw outcome.reason;
  }
}

function assertMayRequest({ self: { requests }, membership }: ChannelContext, event: string): void {
  if (requests.endReason !== undefined) throw new RequestExitError(event, requests.endReason);
  if (!requests.isFull) return;
  membership.reportLimit("maxPendingRequests", requests.max);
  throw new TooManyRequestsError(event, requests.max);
}

/** Sends the request and waits for its end, whatever it is. @throws The error of the format. */
async function exchange(
  { self: { requests }, membership }: ChannelContext,
  event: string,
  payload: unknown,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const ref = newRequestRef();
  const outcome = Promise.withResolvers<Outcome>();
  const limit = new Alarm(() => outcome.resolve({ status: "timeout" })).set(timeoutMs);
  const onAbort = () => outcome.resolve({ status: "aborted", reason: signal!.reason });
  signal?.addEventListener("abort", onAbort);
  requests.add(ref, event, outcome.resolve);
  try {
    membership.push(event, payload, ref);
    return await outcome.promise;
  } finally {
    requests.delete(ref);
    limit.clear();
    signal?.removeEventListener("abort", onAbort);
  }
}

function report(
  { membership: { topic } }: ChannelContext,
  event: string,
  result: ClientRequestedEvent["result"],
  startedAt: number,
): void {
  if (startedAt > 0) clientRequested.emit({ topic, event, result, durationMs: millisecondsSince(startedAt) });
}
