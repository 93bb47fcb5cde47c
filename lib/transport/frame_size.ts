/**
 * How large a frame is on the wire.
 *
 * @module
 */

import type { Frame } from "../protocol/message.ts";

const MASK_BYTES = 4;

/**
 * Tells whether a client's frame is larger than a limit, counting header and mask as web servers do.
 *
 * @param frame What arrived.
 * @param maxBytes The limit.
 */
export function isLargerThan(frame: Frame, maxBytes: number): boolean {
  const atMost = (typeof frame === "string" ? frame.length * 3 : frame.byteLength) + 14;
  if (atMost <= maxBytes) return false; // nearly always: no need to count
  const payload = typeof frame === "string" ? utf8Length(frame) : frame.byteLength;
  return headerBytes(payload) + MASK_BYTES + payload > maxBytes;
}

function headerBytes(payloadBytes: number): number {
  if (payloadBytes < 126) return 2;
  return payloadBytes < 65_536 ? 4 : 10;
}

/** The length of `text` in UTF-8, without encoding it. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (unit >= 0xd800 && unit < 0xdc00) { // a pair: 2 units, 4 bytes
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}
