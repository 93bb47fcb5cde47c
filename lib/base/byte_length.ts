/**
 * How large something is that goes over the wire.
 *
 * @module
 */

import { utf8Length } from "./utf8_length.ts";

/**
 * Counts the bytes of a frame.
 *
 * @param frame Text, or bytes.
 * @returns How many bytes it has; 0 for anything else.
 */
export function byteLength(frame: unknown): number {
  if (typeof frame === "string") return utf8Length(frame);
  return ArrayBuffer.isView(frame) ? frame.byteLength : 0;
}
