/**
 * Bytes as text in base64 (RFC 4648): built in, or implemented here where the language does not have it yet (Node 24).
 *
 * @module
 */

/** The letters for the last two values: `+/`, or `-_` as in URLs. */
export type Base64Alphabet = "base64" | "base64url";

/** A way to write and read base64. */
export interface Base64 {
  /** Encodes bytes in base64url, without padding. */
  encodeUrl(bytes: Uint8Array): string;
  /**
   * Decodes base64. Padding may be missing; blanks are ignored.
   *
   * @throws If `text` has other letters than those of `alphabet`, or an impossible length.
   */
  decode(text: string, alphabet: Base64Alphabet): Uint8Array<ArrayBuffer>;
}

/** The implementation that is built into the language. */
export const builtIn: Base64 = {
  encodeUrl: (bytes) => bytes.toBase64({ alphabet: "base64url", omitPadding: true }),
  decode: (text, alphabet) => Uint8Array.fromBase64(text, { alphabet }),
};

/** An implementation with `btoa` and `atob`, which all platforms have. */
export const byHand: Base64 = {
  encodeUrl(bytes) {
    let latin1 = "";
    for (const byte of bytes) latin1 += String.fromCharCode(byte);
    return btoa(latin1).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  },
  decode(text, alphabet) {
    if (alphabet === "base64") return bytesOf(atob(text));
    if (/[+/]/.test(text)) throw new SyntaxError("Cannot decode base64url: found a letter of base64");
    return bytesOf(atob(text.replaceAll("-", "+").replaceAll("_", "/")));
  },
};

const codec = "fromBase64" in Uint8Array ? builtIn : byHand;

/** Writes bytes in base64url, without padding. */
export function encodeBase64url(bytes: Uint8Array): string {
  return codec.encodeUrl(bytes);
}

/**
 * Decodes base64. Padding may be missing; blanks are ignored.
 *
 * @throws If `text` has other letters than those of `alphabet`, or an impossible length.
 */
export function decodeBase64(text: string, alphabet: Base64Alphabet = "base64"): Uint8Array<ArrayBuffer> {
  return codec.decode(text, alphabet);
}

function bytesOf(latin1: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(latin1, (character) => character.charCodeAt(0));
}
