/**
 * The common layout of all binary frames: a kind, the length of each string in one byte, the strings, the data.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";
import { MalformedFrameError } from "./errors.ts";
import { kindOf } from "./json.ts";

/** The longest string, in bytes: its length must fit into one byte. */
const LONGEST = 255;

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A string of a frame, with its name for errors. */
export type Field = readonly [name: string, text: string];

/**
 * Writes a frame.
 *
 * @param kind Its first byte.
 * @param fields Its strings, in order.
 * @param data The data after the strings.
 * @param encoding A byte between lengths and strings, in the kinds that have one.
 * @returns The frame.
 * @throws {RangeError} If a string takes more than 255 bytes.
 */
export function encodeFrame(
  kind: number,
  fields: readonly Field[],
  data: Uint8Array,
  encoding?: number,
): Uint8Array<ArrayBuffer> {
  const start = 1 + fields.length + (encoding === undefined ? 0 : 1);
  let length = start + data.length;
  for (const [, text] of fields) length += utf8Length(text);
  const frame = new Uint8Array(length);
  frame[0] = kind;
  if (encoding !== undefined) frame[start - 1] = encoding;
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

/**
 * Reads a frame that {@linkcode encodeFrame} wrote without `encoding`. Returns its strings, and a view of the data.
 *
 * @param frame The frame.
 * @param count The number of strings of its kind.
 * @throws {MalformedFrameError} If it is too short, or a string is not UTF-8.
 */
export function decodeFrame(
  frame: Uint8Array<ArrayBuffer>,
  count: number,
): { readonly fields: string[]; readonly data: Uint8Array<ArrayBuffer> } {
  const start = 1 + count;
  const lengths = frame.subarray(1, start);
  const end = lengths.reduce((sum, length) => sum + length, start);
  if (lengths.length < count || end > frame.length) {
    throw new MalformedFrameError(`header and strings take ${end} bytes, received ${frame.length}`);
  }
  const slice = textReader(frame, start, end);
  let offset = start;
  const fields = Array.from(lengths, (length) => slice(offset, offset += length));
  return { fields, data: viewOf(frame, end, frame.length) };
}

/** Writes a string. ASCII is written without `TextEncoder`, which takes five times as long for a short string. */
function writeText(frame: Uint8Array<ArrayBuffer>, offset: number, text: string): number {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0x80) return encoder.encodeInto(text, frame.subarray(offset)).written;
    frame[offset + i] = unit;
  }
  return text.length;
}

/**
 * Returns a reader for the strings between `start` and `end`, one slice at a time.
 *
 * @throws {MalformedFrameError} If a string is not UTF-8: at once, or when it is read.
 */
export function textReader(
  frame: Uint8Array<ArrayBuffer>,
  start: number,
  end: number,
): (from: number, to: number) => string {
  // If all strings are ASCII, one call decodes them, since characters are bytes.
  const strings = decodeText(frame, start, end);
  if (strings.length === end - start) return (from, to) => strings.slice(from - start, to - start);
  return (from, to) => decodeText(frame, from, to);
}

/** Reads one string. @throws {MalformedFrameError} If it is not UTF-8. */
export function decodeText(frame: Uint8Array<ArrayBuffer>, from: number, to: number): string {
  try {
    return decoder.decode(viewOf(frame, from, to));
  } catch (cause) {
    throw new MalformedFrameError("strings must be UTF-8", { cause });
  }
}

/** Returns a view of bytes of a frame. `subarray` would keep a subclass such as Node's `Buffer`. */
export function viewOf(
  { buffer, byteOffset }: Uint8Array<ArrayBuffer>,
  from: number,
  to: number,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer, byteOffset + from, to - from);
}

/** Returns a ref as text, `""` if there is none. @throws {TypeError} If it is an array or object. */
export function refText(ref: unknown): string {
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

/** Returns a topic as text. @throws {TypeError} If it is not a string. */
export function topicText(topic: unknown): string {
  if (typeof topic === "string") return topic;
  throw new TypeError(
    `Cannot encode binary frame: "topic" must be a string, received ${kindOf(topic)}`,
  );
}
