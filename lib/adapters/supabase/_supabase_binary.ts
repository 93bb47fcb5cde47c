/**
 * The binary frames that Supabase's realtime-js adds to those of version 2: broadcasts with a user-defined event.
 *
 * | kind | who sends it | lengths, encoding and strings |
 * |---|---|---|
 * | 3 user broadcast push | client | join_ref, ref, topic, event, metadata |
 * | 4 user broadcast | server | topic, event, metadata |
 *
 * Lengths are one byte each. The byte after them is the encoding of the data: 0 for bytes, 1 for JSON. Metadata is a
 * JSON object, or empty.
 *
 * @module
 */

import { encodeFrame, type Field, textReader, topicText, viewOf } from "../../protocol/binary_fields.ts";
import { MalformedFrameError } from "../../protocol/errors.ts";
import { kindOf, parseJson } from "../../protocol/json.ts";
import type { ClientMessage } from "../../protocol/message.ts";

/** The kind of frame that a client sends to broadcast. */
export const USER_BROADCAST_PUSH = 3;
const USER_BROADCAST = 4;

/** The protocol event that carries all user broadcasts. */
export const BROADCAST_EVENT = "broadcast";

/** Encodings of the data of a frame. */
const ENCODING = { bytes: 0, json: 1 } as const;

/** Size of the header: kind, five lengths, encoding. */
const PUSH_HEADER = 7;

/** The payload of the event `"broadcast"`: a user's event and its payload. */
export interface UserBroadcast {
  /** Always `"broadcast"`. */
  readonly type: string;
  /** The user's own event. */
  readonly event: string;
  /** A JSON value, or a `Uint8Array`. */
  readonly payload: unknown;
  /** Metadata, such as whether it is a replay. */
  readonly meta?: object;
}

/**
 * Decodes a client's broadcast.
 *
 * @param frame The frame.
 * @param maxNesting Maximum nesting of arrays and objects in its JSON.
 * @returns A message with the event `"broadcast"` and a {@linkcode UserBroadcast} as its payload. Bytes in it are a view
 * of `frame`.
 * @throws {MalformedFrameError} If `frame` is of another kind, too short, of an unknown encoding, or holds text that is
 * not UTF-8 or not JSON where it has to be, or JSON that is nested too deep.
 */
export function decodeUserBroadcastPush(frame: Uint8Array<ArrayBuffer>, maxNesting?: number): ClientMessage {
  if (frame[0] !== USER_BROADCAST_PUSH) {
    throw new MalformedFrameError(`a user broadcast is of kind ${USER_BROADCAST_PUSH}, received ${frame[0]}`);
  }
  const [joinRefLength, refLength, topicLength, eventLength, metaLength, encoding] = frame.subarray(1, PUSH_HEADER);
  if (
    joinRefLength === undefined || refLength === undefined || topicLength === undefined || eventLength === undefined ||
    metaLength === undefined || encoding === undefined
  ) {
    throw new MalformedFrameError(`a header has ${PUSH_HEADER} bytes, received ${frame.length}`);
  }
  const refStart = PUSH_HEADER + joinRefLength;
  const topicStart = refStart + refLength;
  const eventStart = topicStart + topicLength;
  const metaStart = eventStart + eventLength;
  const end = metaStart + metaLength;
  if (end > frame.length) {
    throw new MalformedFrameError(`header and strings take ${end} bytes, received ${frame.length}`);
  }
  const slice = textReader(frame, PUSH_HEADER, end);
  const broadcast = {
    type: BROADCAST_EVENT,
    event: slice(eventStart, metaStart),
    payload: decodeData(viewOf(frame, end, frame.length), encoding, maxNesting),
  };
  return {
    joinRef: slice(PUSH_HEADER, refStart),
    ref: slice(refStart, topicStart),
    topic: slice(topicStart, eventStart),
    event: BROADCAST_EVENT,
    payload: metaLength === 0 ? broadcast : { ...broadcast, meta: parseMeta(slice(metaStart, end), maxNesting) },
  };
}

/**
 * Encodes a broadcast of bytes.
 *
 * @param topic The topic.
 * @param event The user's event.
 * @param data Its payload.
 * @param meta Metadata.
 * @returns The frame.
 * @throws {TypeError} If the topic is not a string.
 * @throws {RangeError} If topic, event or the JSON of `meta` takes more than 255 bytes.
 */
export function encodeUserBroadcast(
  topic: unknown,
  event: string,
  data: Uint8Array,
  meta?: object,
): Uint8Array<ArrayBuffer> {
  const metadata = meta === undefined ? "" : JSON.stringify(meta);
  const fields: readonly Field[] = [["topic", topicText(topic)], ["event", event], ["meta", metadata]];
  return encodeFrame(USER_BROADCAST, fields, data, ENCODING.bytes);
}

function decodeData(data: Uint8Array<ArrayBuffer>, encoding: number, maxNesting: number | undefined): unknown {
  switch (encoding) {
    case ENCODING.bytes:
      return data;
    case ENCODING.json:
      return parseJson(textReader(data, 0, data.length)(0, data.length), maxNesting);
    default:
      throw new MalformedFrameError(`an encoding is ${ENCODING.bytes} or ${ENCODING.json}, received ${encoding}`);
  }
}

function parseMeta(text: string, maxNesting: number | undefined): unknown {
  const meta = parseJson(text, maxNesting);
  if (kindOf(meta) === "object") return meta;
  throw new MalformedFrameError(`metadata must be an object, received ${kindOf(meta)}`);
}
