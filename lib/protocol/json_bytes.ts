/**
 * Counts the bytes of a value's JSON text without creating the text.
 *
 * @module
 */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Counts the bytes that the JSON text of a value takes in UTF-8.
 *
 * The stack does not grow with the depth of `value`, and the time is bounded by `maxBytes`: counting stops beyond that.
 *
 * @example Usage
 * ```ts
 * import { jsonBytes } from "./json_bytes.ts";
 * import { assert, assertEquals } from "@std/assert";
 *
 * assertEquals(jsonBytes({ text: "é\n" }), 15);
 * assert(jsonBytes(Array(1_000_000).fill(1), 100) > 100);
 * ```
 *
 * @param value A value that was read from JSON. A `Uint8Array` counts as its length, since it is not JSON.
 * @param maxBytes The limit beyond which the exact number does not matter.
 * @returns The number of bytes; if that exceeds `maxBytes`, any number that also exceeds it.
 */
export function jsonBytes(value: unknown, maxBytes: number = Infinity): number {
  let bytes = 0;
  const waiting: unknown[] = [value];
  while (waiting.length > 0 && bytes <= maxBytes) {
    const next = waiting.pop();
    if (typeof next !== "object" || next === null) bytes += bytesOfPlain(next, maxBytes - bytes);
    else if (ArrayBuffer.isView(next)) bytes += next.byteLength;
    else if (Array.isArray(next)) {
      bytes += Math.max(2, next.length + 1); // brackets and commas
      if (bytes <= maxBytes) { for (const item of next) waiting.push(item); }
    } else bytes += putFields(next, waiting, maxBytes - bytes);
  }
  return bytes;
}

/** Counts braces, keys, colons and commas, and adds the values to those still to be counted. */
function putFields(fields: object, waiting: unknown[], maxBytes: number): number {
  let bytes = 1;
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined || typeof value === "function" || typeof value === "symbol") continue;
    bytes += 2 + bytesOfText(key, maxBytes - bytes);
    if (bytes > maxBytes) return bytes;
    waiting.push(value);
  }
  return Math.max(2, bytes);
}

function bytesOfPlain(value: unknown, maxBytes: number): number {
  switch (typeof value) {
    case "string":
      return bytesOfText(value, maxBytes);
    case "number":
      return Number.isFinite(value) ? `${value}`.length : "null".length;
    case "boolean":
      return value ? "true".length : "false".length;
    default:
      return "null".length;
  }
}

/** Returns the bytes of a text in quotes. */
function bytesOfText(text: string, maxBytes: number): number {
  let bytes = text.length + 2;
  if (bytes > maxBytes) return bytes;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += extraOfAscii(unit);
    else if (unit < 0x800) bytes += 1;
    else if (unit < 0xd800 || unit >= 0xe000) bytes += 2;
    else if (isPair(unit, text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += "\\ud800".length - 1;
  }
  return bytes;
}

/** The number of bytes that escaping adds to an ASCII character. */
function extraOfAscii(unit: number): number {
  if (unit >= 0x20) return unit === QUOTE || unit === BACKSLASH ? 1 : 0;
  return SHORT_ESCAPES.includes(String.fromCharCode(unit)) ? 1 : "\\u0000".length - 1;
}

const SHORT_ESCAPES = "\b\t\n\f\r";

function isPair(high: number, low: number): boolean {
  return high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}
