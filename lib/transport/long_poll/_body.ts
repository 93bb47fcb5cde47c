/**
 * What a client posts: a message, or several, one in a line.
 *
 * As in Phoenix, a body of the type `application/x-ndjson` has a message in each line: JSON if it begins with `[`, else a
 * binary one in base64. Any other body is one text message.
 *
 * Lines are made one at a time: a body of nothing but short lines costs no more memory than it has bytes. Empty lines
 * are nothing.
 *
 * @module
 */

import { decodeBase64 } from "../../base/base64.ts";
import type { Frame } from "../../protocol/message.ts";

/** A message, or why a line is none. */
export type PostedLine =
  | { readonly kind: "frame"; readonly frame: Frame; readonly bytes: number }
  | { readonly kind: "tooLarge" }
  | { readonly kind: "malformed" };

const decoder = new TextDecoder();
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const BRACKET = 0x5b;

/**
 * Yields the messages of a body, in order.
 *
 * @param body The body.
 * @param contentType What the client calls it.
 * @param maxFrameBytes How large a message may be.
 */
export function* postedLines(
  body: Uint8Array<ArrayBuffer>,
  contentType: string | null,
  maxFrameBytes: number,
): Generator<PostedLine, void, void> {
  if (!contentType?.startsWith("application/x-ndjson")) {
    yield body.length > maxFrameBytes ? { kind: "tooLarge" } : textFrame(body);
    return;
  }
  for (let start = 0; start < body.length;) {
    // By hand: a call for each of a million empty lines takes a second.
    if (body[start] === NEWLINE || body[start] === RETURN) {
      start++;
      continue;
    }
    const newline = body.indexOf(NEWLINE, start);
    const end = newline === -1 ? body.length : newline;
    const line = body.subarray(start, body[end - 1] === RETURN ? end - 1 : end);
    yield line[0] === BRACKET ? textLine(line, maxFrameBytes) : base64Line(line, maxFrameBytes);
    start = end;
  }
}

function textLine(line: Uint8Array<ArrayBuffer>, maxFrameBytes: number): PostedLine {
  return line.length > maxFrameBytes ? { kind: "tooLarge" } : textFrame(line);
}

function textFrame(bytes: Uint8Array<ArrayBuffer>): PostedLine {
  return { kind: "frame", frame: decoder.decode(bytes), bytes: bytes.length };
}

function base64Line(line: Uint8Array<ArrayBuffer>, maxFrameBytes: number): PostedLine {
  if (line.length > Math.ceil(maxFrameBytes / 3) * 4) return { kind: "tooLarge" };
  try {
    return { kind: "frame", frame: decodeBase64(decoder.decode(line)), bytes: line.length };
  } catch {
    return { kind: "malformed" };
  }
}
