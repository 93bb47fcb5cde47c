/**
 * How deep arrays and objects may be nested in what others send.
 *
 * `JSON.parse` takes any depth; what comes after it does not: `JSON.stringify` needs a time that grows with the square of
 * the depth, or overflows the stack. So the text is looked at first.
 *
 * @module
 */

/** The limit where no other is set. */
export const DEFAULT_MAX_NESTING = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in one bit, which is set in braces. */
const BRACE_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** How many characters are read in one go. */
const CHUNK = 8192;

const encoder = new TextEncoder();
/** Reading bytes takes half as long as reading characters. Long enough for a chunk of any characters. */
const bytes = new Uint8Array(3 * CHUNK);

/**
 * Returns whether arrays and objects in a JSON text are nested deeper than `maxNesting`.
 *
 * A short text cannot be, and is not looked at. Of a longer one with few brackets only these are counted, by `indexOf`;
 * the rest is read once, up to the first bracket that is too deep.
 *
 * @example Usage
 * ```ts
 * import { isTooDeep } from "./nesting.ts";
 * import { assert } from "@std/assert";
 *
 * assert(!isTooDeep('[["[[[["]]', 2));
 * assert(isTooDeep('[[{"a":1}]]', 2));
 * ```
 *
 * @param text The text. Where it is no JSON, only what comes before the first error counts.
 * @param maxNesting How many levels are fine.
 */
export function isTooDeep(text: string, maxNesting: number): boolean {
  if (text.length <= 2 * maxNesting) return false; // a level takes two characters
  return hasManyBrackets(text, maxNesting) && isTooDeepByReading(text, maxNesting);
}

/** Whether there are more than `enough` opening brackets; also where they are so dense that reading is faster. */
function hasManyBrackets(text: string, enough: number): boolean {
  let count = 0;
  for (const bracket of OPENING_BRACKETS) {
    for (let at = text.indexOf(bracket); at !== -1; at = text.indexOf(bracket, at + 1)) {
      if (++count > enough || (count > FEW && at < count * DENSE)) return true;
    }
  }
  return false;
}

const OPENING_BRACKETS = ["[", "{"] as const;
const FEW = 16;
/** How many characters are read in the time of one `indexOf` of a short way. */
const DENSE = 32;

function isTooDeepByReading(text: string, maxNesting: number): boolean {
  let depth = 0;
  let isInString = false;
  let i = 0;
  for (let from = 0; from < text.length; from += CHUNK) {
    const { written } = encoder.encodeInto(text.slice(from, from + CHUNK), bytes);
    while (i < written) { // two loops, one for each state: one for both takes half as long again
      if (isInString) {
        for (; i < written && isInString; i++) {
          const byte = bytes[i]!;
          if (byte === QUOTE) isInString = false;
          else if (byte === BACKSLASH) i++;
        }
      } else {
        for (; i < written && !isInString; i++) {
          const byte = bytes[i]!;
          const bracket = byte | BRACE_BIT;
          if (byte === QUOTE) isInString = true;
          else if (bracket === OPENING && ++depth > maxNesting) return true;
          else if (bracket === CLOSING) depth--;
        }
      }
    }
    i -= written; // 1, where the chunk ends between a backslash and what it escapes
  }
  return false;
}

/**
 * Returns whether arrays and objects in a value are nested deeper than `maxNesting`, as they are where it has a cycle.
 *
 * @param value Any value. Looked at no deeper than the limit.
 * @param maxNesting How many levels are fine.
 */
export function isNestedTooDeep(value: unknown, maxNesting: number): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (maxNesting === 0) return true;
  return Object.values(value).some((inner) => isNestedTooDeep(inner, maxNesting - 1));
}
