/**
 * Bearer tokens in the header `Authorization` (RFC 6750), for programs that know a secret of this one.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Secret } from "./secret.ts";

const SCHEME = /^Bearer +(\S+) *$/i;

/**
 * Returns whether a request carries a secret. The comparison takes the same time whatever was sent.
 *
 * @param secret The secret, or several, each of which is accepted.
 * @param authorization The header, if there is one.
 */
export function bearerMatches(secret: Secret, authorization: string | null): boolean {
  const [, sent] = SCHEME.exec(authorization ?? "") ?? [];
  if (sent === undefined) return false;
  const digest = digestOf(sent);
  const secrets = typeof secret === "string" ? [secret] : secret;
  return secrets.filter((one) => timingSafeEqual(digestOf(one), digest)).length > 0; // compares with all of them
}

/** Texts of different lengths cannot be compared in constant time; their digests have one length. */
function digestOf(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
