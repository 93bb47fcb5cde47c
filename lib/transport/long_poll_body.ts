/**
 * What a client posts: a message, or several, one in a line.
 *
 * @module
 */

import type { Frame } from "../protocol/message.ts";

/** The messages of a body, or the HTTP status that says why there are none. */
export type PostedFrames =
  | { readonly ok: true; readonly frames: readonly Frame[] }
  | { readonly ok: false; readonly status: 400 | 413; readonly reason: string };

/** How much a body may hold. */
export interface BodyLimits {
  /** Bytes of a message, and of the whole. */
  readonly maxFrameBytes: number;
  /** Messages. */
  readonly maxBatch: number;
}

/**
 * Reads the body of a request. As Phoenix 1.8: `application/x-ndjson` has a message in each line, JSON if it begins with
 * `[`, else a binary one in base64; any other body is one text message.
 *
 * Nothing of a body with one bad line is taken, and no more than the limit is ever kept in memory.
 *
 * @param request The request.
 * @param limits How much it may hold.
 */
export async function postedFrames(request: Request, limits: BodyLimits): Promise<PostedFrames> {
  const text = await readText(request, limits.maxFrameBytes).catch(() => BROKEN_OFF);
  if (text === BROKEN_OFF) return { ok: false, status: 400, reason: "the body must be complete" };
  if (text === undefined) return tooLarge(`body must be <= ${limits.maxFrameBytes} bytes`);
  if (!request.headers.get("content-type")?.startsWith("application/x-ndjson")) return { ok: true, frames: [text] };
  const lines = text.split("\n", limits.maxBatch + 1);
  if (lines.length > limits.maxBatch) return tooLarge(`body must have <= ${limits.maxBatch} lines`);
  const frames: Frame[] = [];
  for (const line of lines) {
    const frame = line.startsWith("[") ? line : fromBase64(line);
    if (frame === undefined) return { ok: false, status: 400, reason: "a line must be a JSON array or base64" };
    frames.push(frame);
  }
  return { ok: true, frames };
}

/** The client has gone, or what it sends is no body: no failure of the server. */
const BROKEN_OFF = null;

async function readText(request: Request, maxBytes: number): Promise<string | undefined> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > maxBytes) return undefined;
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return undefined; // leaving the loop cancels the rest
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function fromBase64(line: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(line);
  } catch {
    return undefined;
  }
}

function tooLarge(reason: string): PostedFrames {
  return { ok: false, status: 413, reason };
}
