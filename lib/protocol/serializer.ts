/**
 * How messages become frames: the interface, and which implementation a client gets.
 *
 * @module
 */

import type { BroadcastMessage, ClientMessage, Frame, PushMessage, ReplyMessage } from "./message.ts";
import { serializerV1 } from "./serializer_v1.ts";
import { serializerV2 } from "./serializer_v2.ts";
import { DEFAULT_VSN, vsnMatches } from "./_vsn.ts";

/**
 * Reads and writes frames.
 *
 * One instance serves all sockets and keeps no state between calls. A broadcast is encoded once for
 * each *instance* among the members of a topic, so use one instance for all of them and not one per
 * socket.
 *
 * What a serializer throws never reaches other connections. Where it writes what a channel says, the throw is the
 * channel's, as with any other mistake in a handler. Where it writes a frame of the library, such as `phx_error` or the
 * answer to a heartbeat, the connection closes with code 1011 and `urvogel:socket:failed` reports the error. Where it
 * writes a broadcast that protocol V2 could carry, its subscribers go without it and `urvogel:pubsub:undeliverable`
 * reports that. What `decode` throws closes the connection: with 1007 if it is a `MalformedFrameError`, which is the
 * client's fault, and else with 1011, reported by `urvogel:socket:failed`.
 */
export interface Serializer {
  /** Names it in logs and telemetry. */
  readonly name: string;
  /**
   * Reads what a client sent.
   *
   * A serializer that wraps another one hands `maxNesting` on; one that parses JSON by itself has to check the depth.
   *
   * @param frame The frame.
   * @param maxNesting How deep arrays and objects may be nested; see `Socket.maxNesting`. 100 where it is left out.
   * @throws {MalformedFrameError} If `frame` is not a message, or nested too deep. Nothing else may be thrown.
   */
  decode(frame: Frame, maxNesting?: number): ClientMessage;
  /**
   * Writes a push.
   *
   * @throws {TypeError} If the payload has no place in this format.
   * @throws {RangeError} If a field is too long for this format.
   */
  encodePush(push: PushMessage): Frame;
  /**
   * Writes a reply.
   *
   * @throws {TypeError} If the response has no place in this format.
   * @throws {RangeError} If a field is too long for this format.
   */
  encodeReply(reply: ReplyMessage): Frame;
  /**
   * Writes a broadcast.
   *
   * @throws {TypeError} If the payload has no place in this format.
   * @throws {RangeError} If a field is too long for this format.
   */
  encodeBroadcast(broadcast: BroadcastMessage): Frame;
}

/** A serializer and the protocol versions it is for. */
export interface SerializerChoice {
  /** The serializer. */
  readonly serializer: Serializer;
  /** A version requirement, such as `"~> 2.0.0"`. */
  readonly versions: string;
}

/** Phoenix's own choices: V1 for `~> 1.0.0`, V2 for `~> 2.0.0`. */
export const DEFAULT_SERIALIZERS: readonly SerializerChoice[] = [
  { serializer: serializerV1, versions: "~> 1.0.0" },
  { serializer: serializerV2, versions: "~> 2.0.0" },
];

/**
 * Finds the serializer for the version that a client speaks. The first choice that fits is taken.
 *
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
 * @param choices What there is, the preferred first.
 * @param vsn The query parameter `vsn`. `undefined` if there was none, which counts as `"1.0.0"`.
 * @returns The serializer, or `undefined` if the client has to be refused.
 * @throws {TypeError} If the `versions` of a choice are not a requirement.
 */
export function chooseSerializer(
  choices: readonly SerializerChoice[],
  vsn: unknown = DEFAULT_VSN,
): Serializer | undefined {
  if (typeof vsn !== "string") return undefined;
  return choices.find(({ versions }) => vsnMatches(vsn, versions))?.serializer;
}
