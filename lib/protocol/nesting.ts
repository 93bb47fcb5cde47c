/**
 * A limit on the nesting of arrays and objects in untrusted data.
 *
 * `JSON.parse` accepts any depth, but later steps do not: the time of `JSON.stringify` grows with the square of the
 * depth, or it overflows the stack. So the text is checked first.
 *
 * @module
 */

/** The default limit. */
export const DEFAULT_MAX_NESTING = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in one bit, which is set in braces. */
const BRACE_BIT = 0x20;
const OPENING = 0x7b;
const CLOSING = 0x7d;

/** How many characters are read at once. */
const CHUNK = 8192;

const encoder = /* @__PURE__ */ new TextEncoder();
/** A buffer for a chunk of any characters, since reading bytes takes half as long as reading characters. */
const bytes = /* @__PURE__ */ new Uint8Array(24_576); // 3 * CHUNK, in a form that bundlers can drop

/**
 * Returns whether arrays and objects in a JSON text are nested deeper than `maxNesting`.
 *
 * A short text cannot be and is not scanned. In a longer one with few brackets only these are counted, by `indexOf`;
 * any other text is read once, up to the first bracket that is too deep.
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
 * @param text The text. If it is not JSON, only the part before the first error counts.
 * @param maxNesting The maximum number of levels.
 */
export function isTooDeep(text: string, maxNesting: number): boolean {
  if (text.length <= 2 * maxNesting) return false; // a level takes two characters
  return hasManyBrackets(text, maxNesting) && isTooDeepByReading(text, maxNesting);
}

/** Returns whether there are more than `enough` opening brackets, or so dense ones that reading the text is faster. */
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
/** How many characters can be read in the time of one short `indexOf`. */
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
 * Returns whether arrays and objects in a value are nested deeper than `maxNesting`. That includes values with a cycle.
 *
 * @param value Any value. It is checked no deeper than the limit.
 * @param maxNesting The maximum number of levels.
 */
export function isNestedTooDeep(value: unknown, maxNesting: number): boolean {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return false;
  if (maxNesting === 0) return true;
  return Object.values(value).some((inner) => isNestedTooDeep(inner, maxNesting - 1));
}
