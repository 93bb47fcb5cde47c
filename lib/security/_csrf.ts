/**
 * Tokens against forged requests: a page shows by them that it comes from this server.
 *
 * A browser sends its cookies along with a connection that a foreign page opens. The foreign page cannot read what is in
 * our page, though: so our page carries the session's token, and hands it over when it connects.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { fromBase64url, toBase64url } from "./_base64url.ts";

const TOKEN_BYTES = 18;

/** Makes the token of a new session. */
export function createCsrfToken(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
}

/**
 * Disguises a session's token for one page, so that a page that is compressed and sent many times gives nothing away
 * (the BREACH attack).
 *
 * @param token The session's token.
 * @returns A text that is different each time.
 */
export function maskCsrfToken(token: string): string {
  const bytes = new TextEncoder().encode(token);
  const mask = crypto.getRandomValues(new Uint8Array(bytes.length));
  return `${toBase64url(mask)}${toBase64url(xor(bytes, mask))}`;
}

/**
 * Tells whether what a client sent is the session's token, masked or not. Takes as long for a wrong one.
 *
 * @param token The session's token.
 * @param sent What the client sent.
 */
export function csrfTokenMatches(token: string, sent: unknown): boolean {
  if (typeof sent !== "string") return false;
  return same(sent, token) || same(unmask(sent), token);
}

function unmask(masked: string): string | undefined {
  const mask = fromBase64url(masked.slice(0, masked.length / 2));
  const bytes = fromBase64url(masked.slice(masked.length / 2));
  if (!mask || mask.length !== bytes?.length) return undefined;
  return new TextDecoder().decode(xor(bytes, mask));
}

function same(a: string | undefined, b: string): boolean {
  if (a?.length !== b.length) return false;
  const encoder = new TextEncoder();
  const [left, right] = [encoder.encode(a), encoder.encode(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ b[i]!);
}
