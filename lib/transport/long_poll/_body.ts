/**
 * Parses what a client posts: one message, or several, one per line.
 *
 * As in Phoenix, a body of the type `application/x-ndjson` has a message in each line: JSON if it begins with `[`,
 * otherwise a binary message in base64. Any other body is one text message.
 *
 * Lines are created one at a time, so a body of many short lines costs no more memory than its bytes. Empty lines are
 * skipped.
 *
 * @module
 */

import { decodeBase64 } from "../../base/base64.ts";
import type { Frame } from "../../protocol/message.ts";

/** A message, or why a line is not one. */
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
 * @param contentType Its content type, as the client states it.
 * @param maxFrameBytes Maximum size of a message.
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
    // Inlined: a call for each of a million empty lines takes a second.
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
