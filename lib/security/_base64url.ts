/**
 * Converts bytes to text that is safe in a URL, a cookie and a page.
 *
 * @module
 */

import { decodeBase64, encodeBase64url } from "../base/base64.ts";

/** Encodes bytes in base64url, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return encodeBase64url(bytes);
}

/**
 * Decodes the output of {@linkcode toBase64url}. It rejects other spellings of the same bytes: padding, spaces, or
 * another last character. So a token that is banned by its text stays banned.
 *
 * @returns The bytes, or `undefined` if `text` is anything else.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const bytes = decodeBase64(text, "base64url");
    return toBase64url(bytes) === text ? bytes : undefined;
  } catch {
    return undefined;
  }
}
