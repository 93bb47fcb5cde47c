/**
 * The binary frames of version 2: a kind, the lengths of the strings, the strings, the data.
 *
 * | kind | sender | lengths and strings |
 * |---|---|---|
 * | 0 push | client | join_ref, ref, topic, event |
 * | 0 push | server | join_ref, topic, event |
 * | 1 reply | server | join_ref, ref, topic, status |
 * | 2 broadcast | server | topic, event |
 *
 * Kind and lengths are one byte each. Strings are UTF-8, and their lengths are in bytes. The rest of
 * the frame is the data.
 *
 * @module
 */

import { encodeFrame, refText, textReader, topicText, viewOf } from "./binary_fields.ts";
import { MalformedFrameError } from "./errors.ts";
import type { BroadcastMessage, ClientMessage, PushMessage, ReplyMessage } from "./message.ts";

/** The first byte of a push. */
export const PUSH = 0;
/** The first byte of a reply. */
export const REPLY = 1;
/** The first byte of a broadcast. */
export const BROADCAST = 2;

/** Length of the header of a client's push: the kind and four lengths. */
const CLIENT_HEADER = 5;

/**
 * Reads a client's binary push.
 *
 * Refs are strings here, and an empty one is `""`, not `null`.
 *
 * @param frame The frame.
 * @returns The message, whose payload is a view of `frame`.
 * @throws {MalformedFrameError} If `frame` is not a push, is too short, or holds a string that is
 * not UTF-8.
 */
export function decodeBinaryPush(frame: Uint8Array<ArrayBuffer>): ClientMessage {
  const [joinRefLength, refLength, topicLength, eventLength] = [
    frame[1],
    frame[2],
    frame[3],
    frame[4],
  ];
  if (
    joinRefLength === undefined || refLength === undefined || topicLength === undefined ||
    eventLength === undefined
  ) {
    throw new MalformedFrameError(`a header has ${CLIENT_HEADER} bytes, received ${frame.length}`);
  }
  if (frame[0] !== PUSH) {
    throw new MalformedFrameError(`a client's frame is of kind ${PUSH}, received ${frame[0]}`);
  }
  const refStart = CLIENT_HEADER + joinRefLength;
  const topicStart = refStart + refLength;
  const eventStart = topicStart + topicLength;
  const end = eventStart + eventLength;
  if (end > frame.length) {
    throw new MalformedFrameError(`header and strings take ${end} bytes, received ${frame.length}`);
  }
  const slice = textReader(frame, CLIENT_HEADER, end);
  return {
    joinRef: slice(CLIENT_HEADER, refStart),
    ref: slice(refStart, topicStart),
    topic: slice(topicStart, eventStart),
    event: slice(eventStart, end),
    payload: viewOf(frame, end, frame.length),
  };
}

/**
 * Writes a push of bytes. It carries no ref.
 *
 * @param push The push without its payload.
 * @param data Its payload.
 * @returns The frame.
 * @throws {TypeError} If the join's ref is an array or object, or the topic is not a string.
 * @throws {RangeError} If a string takes more than 255 bytes.
 */
export function encodeBinaryPush(
  { joinRef, topic, event }: PushMessage,
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encodeFrame(PUSH, [["join_ref", refText(joinRef)], ["topic", topicText(topic)], [
    "event",
    event,
  ]], data);
}

/**
 * Writes a reply of bytes.
 *
 * @param reply The reply without its response.
 * @param data Its response.
 * @returns The frame.
 * @throws {TypeError} If a ref is an array or object, or the topic is not a string.
 * @throws {RangeError} If a string takes more than 255 bytes.
 */
export function encodeBinaryReply(
  { joinRef, ref, topic, status }: ReplyMessage,
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encodeFrame(REPLY, [
    ["join_ref", refText(joinRef)],
    ["ref", refText(ref)],
    ["topic", topicText(topic)],
    ["status", status],
  ], data);
}

/**
 * Writes a broadcast of bytes.
 *
 * @param broadcast The broadcast without its payload.
 * @param data Its payload.
 * @returns The frame.
 * @throws {RangeError} If a string takes more than 255 bytes.
 */
export function encodeBinaryBroadcast(
  { topic, event }: BroadcastMessage,
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return encodeFrame(BROADCAST, [["topic", topic], ["event", event]], data);
}
