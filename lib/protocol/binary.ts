/**
 * The binary frames of version 2: a kind, the lengths of the strings, the strings, the data.
 *
 * | kind | who sends it | lengths and strings |
 * |---|---|---|
 * | 0 push | client | join_ref, ref, topic, event |
 * | 0 push | server | join_ref, topic, event |
 * | 1 reply | server | join_ref, ref, topic, status |
 * | 2 broadcast | server | topic, event |
 *
 * Kind and lengths are one byte each, strings are UTF-8 and their lengths are bytes. The data is
 * all that follows.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import { MalformedFrameError } from "./errors.ts";
import { kindOf } from "./json.ts";
import type { BroadcastMessage, ClientMessage, PushMessage, ReplyMessage } from "./message.ts";

const PUSH = 0;
const REPLY = 1;
const BROADCAST = 2;

/** Kind and four lengths. */
const CLIENT_HEADER = 5;
/** A length has to fit into one byte. */
const LONGEST = 255;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

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
  // One call for all strings while they are ASCII, when characters are bytes.
  const strings = decodeText(frame, CLIENT_HEADER, end);
  const slice = strings.length === end - CLIENT_HEADER
    ? (from: number, to: number) => strings.slice(from - CLIENT_HEADER, to - CLIENT_HEADER)
    : (from: number, to: number) => decodeText(frame, from, to);
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
 * @param push The push, but for its payload.
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
 * @param reply The reply, but for its response.
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
 * @param broadcast The broadcast, but for its payload.
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

type Field = readonly [name: string, text: string];

function encodeFrame(
  kind: number,
  fields: readonly Field[],
  data: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const start = 1 + fields.length;
  let length = start + data.length;
  for (const [, text] of fields) length += utf8Length(text);
  const frame = new Uint8Array(length);
  frame[0] = kind;
  let offset = start;
  for (let i = 0; i < fields.length; i++) {
    const [name, text] = fields[i]!;
    const written = writeText(frame, offset, text);
    if (written > LONGEST) {
      throw new RangeError(
        `Cannot encode binary frame: "${name}" must be <= ${LONGEST} bytes, received ${written}`,
      );
    }
    frame[1 + i] = written;
    offset += written;
  }
  frame.set(data, offset);
  return frame;
}

/** Writes ASCII by hand: `TextEncoder` takes five times as long for a short string. */
function writeText(frame: Uint8Array<ArrayBuffer>, offset: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encoder.encodeInto(text, frame.subarray(offset)).written;
    frame[offset + i] = unit;
  }
  return text.length;
}

function decodeText(frame: Uint8Array<ArrayBuffer>, from: number, to: number): string {
  try {
    return decoder.decode(viewOf(frame, from, to));
  } catch (cause) {
    throw new MalformedFrameError("strings must be UTF-8", { cause });
  }
}

/** Not `subarray`, which would hand on a subclass such as Node's `Buffer`. */
function viewOf(
  { buffer, byteOffset }: Uint8Array<ArrayBuffer>,
  from: number,
  to: number,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset + from, to - from);
}

function refText(ref: unknown): string {
  switch (typeof ref) {
    case "string":
      return ref;
    case "number":
    case "boolean":
      return String(ref);
    case "undefined":
      return "";
  }
  if (ref === null) return "";
  throw new TypeError(
    `Cannot encode binary frame: a ref must be a string or a number, received ${kindOf(ref)}`,
  );
}

function topicText(topic: unknown): string {
  if (typeof topic === "string") return topic;
  throw new TypeError(
    `Cannot encode binary frame: "topic" must be a string, received ${kindOf(topic)}`,
  );
}
