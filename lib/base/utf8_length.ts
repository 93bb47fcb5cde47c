/**
 * The length of a text on the wire.
 *
 * @module
 */

/**
 * Counts the bytes of `text` in UTF-8, without encoding it.
 *
 * @example Usage
 * ```ts
 * import { utf8Length } from "./utf8_length.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(utf8Length("é"), 2);
 * ```
 *
 * @param text The text. A lone surrogate counts as the replacement character that `TextEncoder` writes for it.
 * @returns The number of bytes.
 */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    length += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) i++;
  }
  return length;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
