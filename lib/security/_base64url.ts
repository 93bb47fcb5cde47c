/**
 * Bytes as text that fits into a URL, a cookie and a page.
 *
 * @module
 */

/** Writes bytes in base64url, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Reads base64url; `undefined` if `text` is none. */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}
