/**
 * Serializers: the interface that converts messages to frames, and the choice of one for each client.
 *
 * @module
 */

import type { BroadcastMessage, ClientMessage, Frame, PushMessage, ReplyMessage } from "./message.ts";
import { serializerV1 } from "./serializer_v1.ts";
import { serializerV2 } from "./serializer_v2.ts";
import { DEFAULT_VSN, vsnMatches } from "./_vsn.ts";

/**
 * A request for the latest messages since a time, from a client that knows no positions.
 *
 * @category Protocol
 */
export interface ReplayRequest {
  /** The time, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** At most how many. */
  readonly count: number;
}

/**
 * Converts messages to frames and frames to messages.
 *
 * One instance serves all sockets and keeps no state between calls. A broadcast is encoded once for
 * each *instance* among the members of a topic, so use one instance for all of them and not one per
 * socket.
 *
 * An error that a serializer throws never affects other connections:
 *
 * - For a message of a channel, it is thrown in the channel, like any other mistake in a handler.
 * - For a frame of the library, such as `phx_error` or the reply to a heartbeat, the connection closes with code 1011,
 *   and `urvogel:socket:failed` reports the error.
 * - For a broadcast that protocol V2 could carry, the subscribers of this serializer do not receive it, and
 *   `urvogel:pubsub:undeliverable` reports that.
 * - In `decode`, it closes the connection: with 1007 if it is a `MalformedFrameError`, which is the client's fault, and
 *   otherwise with 1011, reported by `urvogel:socket:failed`.
 *
 * @category Protocol
 */
export interface Serializer {
  /** The name in logs and telemetry. */
  readonly name: string;
  /**
   * Reads a client's frame.
   *
   * A serializer that wraps another one must pass `maxNesting` on; one that parses JSON itself must check the depth.
   *
   * @param frame The frame.
   * @param maxNesting How deep arrays and objects may be nested; see `Socket.maxNesting`. The default is 100.
   * @throws {MalformedFrameError} If `frame` is not a message, or nested too deep. Nothing else may be thrown.
   */
  decode(frame: Frame, maxNesting?: number): ClientMessage;
  /**
   * Reads from the parameters of a join how the client asks for the messages that it missed, if clients of this format
   * do not do it with `since`.
   */
  readReplay?(params: unknown): ReplayRequest | undefined;
  /**
   * Writes a push.
   *
   * @throws {TypeError} If this format cannot represent the payload.
   * @throws {RangeError} If a field is too long for this format.
   */
  encodePush(push: PushMessage): Frame;
  /**
   * Writes a reply.
   *
   * @throws {TypeError} If this format cannot represent the response.
   * @throws {RangeError} If a field is too long for this format.
   */
  encodeReply(reply: ReplyMessage): Frame;
  /**
   * Writes a broadcast.
   *
   * @throws {TypeError} If this format cannot represent the payload.
   * @throws {RangeError} If a field is too long for this format.
   */
  encodeBroadcast(broadcast: BroadcastMessage): Frame;
}

/**
 * A serializer, and the protocol versions that it supports.
 *
 * @category Protocol
 */
export interface SerializerChoice {
  /** The serializer. */
  readonly serializer: Serializer;
  /** A version requirement, such as `"~> 2.0.0"`. */
  readonly versions: string;
}

/**
 * Phoenix's own choices: V1 for `~> 1.0.0`, V2 for `~> 2.0.0`.
 *
 * @category Protocol
 */
export const DEFAULT_SERIALIZERS: readonly SerializerChoice[] = [
  { serializer: serializerV1, versions: "~> 1.0.0" },
  { serializer: serializerV2, versions: "~> 2.0.0" },
];

/**
 * Returns the serializer for a client's protocol version. The first match wins.
 *
 * @category Protocol
 * @example Usage
 * ```ts
 * import { chooseSerializer, DEFAULT_SERIALIZERS } from "@urvogel/realtime";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(chooseSerializer(DEFAULT_SERIALIZERS, "2.0.0")?.name, "v2");
 * assertEquals(chooseSerializer(DEFAULT_SERIALIZERS, undefined)?.name, "v1");
 * assertEquals(chooseSerializer(DEFAULT_SERIALIZERS, "3.0.0"), undefined);
 * ```
 *
 * @param choices The available serializers, the preferred one first.
 * @param vsn The query parameter `vsn`. `undefined` if there was none, which counts as `"1.0.0"`.
 * @returns The serializer, or `undefined` if the client must be refused.
 * @throws {TypeError} If the `versions` of a choice are not a requirement.
 */
export function chooseSerializer(
  choices: readonly SerializerChoice[],
  vsn: unknown = DEFAULT_VSN,
): Serializer | undefined {
  if (typeof vsn !== "string") return undefined;
  return choices.find(({ versions }) => vsnMatches(vsn, versions))?.serializer;
}
