/**
 * How large a frame is on the wire.
 *
 * @module
 */

import { utf8Length } from "../base/utf8_length.ts";

const MASK_BYTES = 4;

/**
 * Tells whether a client's frame is larger than a limit, counting header and mask as web servers do.
 *
 * @param frame What arrived.
 * @param maxBytes The limit.
 */
export function isLargerThan(frame: string | Uint8Array, maxBytes: number): boolean {
  const atMost = (typeof frame === "string" ? frame.length * 3 : frame.byteLength) + 14;
  if (atMost <= maxBytes) return false; // nearly always: no need to count
  const payload = typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
  return headerBytes(payload) + MASK_BYTES + payload > maxBytes;
}

function headerBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}
