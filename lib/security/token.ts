/**
 * Tokens that a server issues to a client, which proves its identity with them later, such as when it connects.
 *
 * - `sign` creates a token that everybody can read and nobody can change (HMAC-SHA256), `encrypt` one that nobody can
 *   read either (AES-256-GCM). Both use WebCrypto; comparisons take constant time.
 * - The **salt** is the purpose of the token. A token for one salt is invalid for every other.
 * - A token is valid for a day. `maxAgeMs` changes that, where the token is created or where it is checked; the check
 *   takes precedence.
 * - A token has exactly one spelling: a change of any character makes it invalid, so it can be banned by its text.
 * - **Secrets can be rotated:** pass a list, `[newSecret, oldSecret]`. The first creates tokens; all are accepted.
 *
 * The interface is that of `Phoenix.Token`, but the tokens are not compatible, since Phoenix's hold Erlang terms. To
 * share tokens with other programs use JWTs, see `@urvogel/realtime/jwt`. **Not for** passwords, nor for anything that
 * must be revoked before it expires: keep those on the server.
 *
 * @module
 */

import { fromBase64url, toBase64url } from "./_base64url.ts";
import { type KeyOptions, KeyRing } from "./_key_ring.ts";
import type { Secret } from "./secret.ts";

export type { KeyOptions, Secret };

/**
 * Options for creating a token.
 *
 * @category Security
 */
export interface TokenOptions extends KeyOptions {
  /**
   * When the token was created, in milliseconds since 1970.
   *
   * @default {Date.now()}
   */
  readonly signedAtMs?: number;
  /**
   * How long the token is valid, in milliseconds, if it is checked without `maxAgeMs`. `Infinity` means forever.
   *
   * @default {86400000}
   */
  readonly maxAgeMs?: number;
}

/**
 * Options for checking a token.
 *
 * @category Security
 */
export interface TokenCheckOptions extends KeyOptions {
  /**
   * Maximum age of the token, in milliseconds. `Infinity` accepts any age.
   *
   * @default {the token's own maximum age}
   */
  readonly maxAgeMs?: number;
}

/**
 * The result of checking a token.
 *
 * @category Security
 */
export type TokenResult =
  | {
    readonly ok: true;
    /** The data in the token. */
    readonly data: unknown;
    /** When it expires, in milliseconds since 1970; `Infinity` if never. */
    readonly expiresAtMs: number;
  }
  | {
    readonly ok: false;
    /** `"missing"`: no token; `"invalid"`: not created with this secret and salt; `"expired"`: too old. */
    readonly reason: "missing" | "invalid" | "expired";
  };

const DAY_MS = 86_400_000;
const NONCE_BYTES = 12;

/** The contents of a token. JSON has no infinity: a token without a maximum age never expires. */
interface Contents {
  readonly data: unknown;
  readonly signedAtMs: number;
  readonly maxAgeMs?: number | undefined;
}

const INVALID: TokenResult = { ok: false, reason: "invalid" };
const ring = new KeyRing();

/**
 * Creates a token that everybody can read and nobody can change.
 *
 * @param secret A secret that only the server knows, at least 20 bytes.
 * @param salt The purpose of the token.
 * @param data Its data: any JSON value.
 * @param options How long it is valid.
 * @returns The token, in characters that are safe in a URL.
 * @throws {TypeError} If `data` is not a JSON value, or a secret is not a string.
 * @throws {RangeError} If a secret is too short or `maxAgeMs` is negative.
 */
export async function sign(secret: Secret, salt: string, data: unknown, options: TokenOptions = {}): Promise<string> {
  const bytes = encodeContents(data, options);
  const [key] = await ring.keys(secret, "sign", salt, options);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key!, bytes));
  return `${toBase64url(bytes)}.${toBase64url(mac)}`;
}

/**
 * Checks a token that {@linkcode sign} created.
 *
 * @param secret The secret, or several, one of which created the token.
 * @param salt The purpose that the token must have.
 * @param token The token, as the client sent it.
 * @param options How old it may be.
 * @returns The token's data, or why it is refused.
 * @throws {TypeError} If a secret is not a string.
 * @throws {RangeError} If a secret is too short or `maxAgeMs` is negative.
 */
export async function verify(
  secret: Secret,
  salt: string,
  token: unknown,
  options: TokenCheckOptions = {},
): Promise<TokenResult> {
  const keys = await ring.keys(secret, "sign", salt, options);
  if (token === undefined || token === null || token === "") return { ok: false, reason: "missing" };
  const [bytes, mac] = partsOf(token);
  if (!bytes || !mac) return INVALID;
  for (const key of keys) {
    if (await crypto.subtle.verify("HMAC", key, mac, bytes)) return decodeContents(bytes, options);
  }
  return INVALID;
}

/**
 * Creates a token that nobody can read or change.
 *
 * @param secret A secret that only the server knows, at least 20 bytes.
 * @param salt The purpose of the token.
 * @param data Its data: any JSON value.
 * @param options How long it is valid.
 * @returns The token, in characters that are safe in a URL.
 * @throws {TypeError} If `data` is not a JSON value, or a secret is not a string.
 * @throws {RangeError} If a secret is too short or `maxAgeMs` is negative.
 */
export async function encrypt(
  secret: Secret,
  salt: string,
  data: unknown,
  options: TokenOptions = {},
): Promise<string> {
  const bytes = encodeContents(data, options);
  const [key] = await ring.keys(secret, "encrypt", salt, options);
  const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key!, bytes));
  return `${toBase64url(iv)}.${toBase64url(sealed)}`;
}

/**
 * Decrypts and checks a token that {@linkcode encrypt} created.
 *
 * @param secret The secret, or several, one of which created the token.
 * @param salt The purpose that the token must have.
 * @param token The token, as the client sent it.
 * @param options How old it may be.
 * @returns The token's data, or why it is refused.
 * @throws {TypeError} If a secret is not a string.
 * @throws {RangeError} If a secret is too short or `maxAgeMs` is negative.
 */
export async function decrypt(
  secret: Secret,
  salt: string,
  token: unknown,
  options: TokenCheckOptions = {},
): Promise<TokenResult> {
  const keys = await ring.keys(secret, "encrypt", salt, options);
  if (token === undefined || token === null || token === "") return { ok: false, reason: "missing" };
  const [iv, sealed] = partsOf(token);
  if (iv?.length !== NONCE_BYTES || !sealed) return INVALID;
  for (const key of keys) {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, key, sealed).catch(() => undefined);
    if (bytes) return decodeContents(new Uint8Array(bytes), options);
  }
  return INVALID;
}

/**
 * Returns when a token claims that {@linkcode sign} created it, in milliseconds since 1970. The signature is not
 * checked: the token and the time may be forged.
 *
 * @param token The token, as the client sent it.
 * @returns The time, or `undefined` if the text is not a token.
 */
export function signedAtMsOf(token: string): number | undefined {
  try {
    const [bytes] = partsOf(token);
    const { signedAtMs } = JSON.parse(new TextDecoder().decode(bytes)) as Contents;
    return typeof signedAtMs === "number" ? signedAtMs : undefined;
  } catch {
    return undefined;
  }
}

function encodeContents(data: unknown, { signedAtMs = Date.now(), maxAgeMs = DAY_MS }: TokenOptions) {
  assertAge(maxAgeMs);
  if (JSON.stringify(data) === undefined) {
    throw new TypeError(`Cannot make token: "data" must be a JSON value, received ${typeof data}`);
  }
  const contents: Contents = { data, signedAtMs, maxAgeMs: maxAgeMs === Infinity ? undefined : maxAgeMs };
  return new TextEncoder().encode(JSON.stringify(contents));
}

/** Reads the contents of an authentic token. Their shape needs no check, since the server wrote them. */
function decodeContents(bytes: Uint8Array, options: TokenCheckOptions): TokenResult {
  const contents: Contents = JSON.parse(new TextDecoder().decode(bytes));
  const maxAgeMs = options.maxAgeMs ?? contents.maxAgeMs ?? Infinity;
  assertAge(maxAgeMs);
  const expiresAtMs = contents.signedAtMs + maxAgeMs;
  return Date.now() < expiresAtMs ? { ok: true, data: contents.data, expiresAtMs } : { ok: false, reason: "expired" };
}

function assertAge(maxAgeMs: number): void {
  if (maxAgeMs >= 0) return;
  throw new RangeError(`Cannot use token: "maxAgeMs" must be >= 0, received ${maxAgeMs}`);
}

function partsOf(token: unknown): (Uint8Array<ArrayBuffer> | undefined)[] {
  const parts = typeof token === "string" ? token.split(".") : [];
  return parts.length === 2 ? parts.map(fromBase64url) : [];
}
