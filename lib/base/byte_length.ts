/**
 * The size of a frame on the wire.
 *
 * @module
 */

import { utf8Length } from "./utf8_length.ts";

/**
 * Counts the bytes of a frame.
 *
 * @param frame Text, or bytes.
 * @returns The number of bytes; 0 for anything else.
 */
export function byteLength(frame: unknown): number {
  if (typeof frame === "string") return utf8Length(frame);
  return ArrayBuffer.isView(frame) ? frame.byteLength : 0;
}
