/**
 * CSRF tokens: they prove that a page comes from this server.
 *
 * A browser sends its cookies even with a connection that a page of another site opens. But such a page cannot read the
 * server's own page: so that page contains the session's token, and sends it when it connects.
 *
 * @module
 */

import { timingSafeEqual } from "node:crypto";
import { fromBase64url, toBase64url } from "./_base64url.ts";

const TOKEN_BYTES = 18;

/** Creates the token of a new session. */
export function createCsrfToken(): string {
  return toBase64url(crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)));
}

/**
 * Masks a session's token for one page, so that a compressed page that is sent many times does not reveal the token
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
 * Returns whether a client sent the session's token, masked or not. The comparison takes constant time.
 *
 * @param token The session's token.
 * @param sent The value that the client sent.
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
