/**
 * The size of a frame on the wire.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";

const MASK_BYTES = 4;
/** The largest payloads after a header of 2 and of 4 bytes: RFC 6455, section 5.2. */
const MOST_IN_2 = 125;
const MOST_IN_4 = 65_535;

/**
 * Returns whether a client's frame is larger than a limit, counting header and mask as web servers do.
 *
 * @param frame The content of the frame.
 * @param maxBytes The limit.
 */
export function isLargerThan(frame: string | Uint8Array, maxBytes: number): boolean {
  const atMost = (typeof frame === "string" ? frame.length * 3 : frame.byteLength) + 14;
  if (atMost <= maxBytes) return false; // nearly always: no need to count
  const payload = typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
  return headerBytes(payload) + MASK_BYTES + payload > maxBytes;
}

/** Returns the largest payload that {@linkcode isLargerThan} accepts, which depends on the length of the header. */
export function largestPayload(maxFrameBytes: number): number {
  const most = (header: number) => maxFrameBytes - header - MASK_BYTES;
  return Math.max(0, Math.min(most(2), MOST_IN_2), Math.min(most(4), MOST_IN_4), most(10));
}

/** Returns the length of a frame's header in bytes, without a mask. */
export function headerBytes(payloadBytes: number): number {
  if (payloadBytes <= MOST_IN_2) return 2;
  return payloadBytes <= MOST_IN_4 ? 4 : 10;
}
