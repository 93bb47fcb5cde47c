/**
 * Tokens: what a server gives a client to show who it is later, such as when it connects.
 *
 * - `sign` makes a token that everybody can read and nobody can change (HMAC-SHA256), `encrypt` one that nobody can read
 *   either (AES-256-GCM). All of it is WebCrypto; comparisons take the same time whatever is wrong.
 * - The **salt** says what the token is about. A token for one salt is invalid for every other.
 * - A token is valid for a day, unless `maxAgeMs` says otherwise: where it is made, or, which counts more, where it is
 *   checked.
 * - A token has one spelling: a change of any character makes it invalid, so it may be banned by its text.
 * - **Secrets can be changed:** give a list, `[newSecret, oldSecret]`. The first makes tokens, all are taken.
 *
 * The interface is that of `Phoenix.Token`; the tokens are not, since Phoenix's hold Erlang terms. To share tokens with
 * other programs use JWTs, see `@urvogel/realtime/jwt`. **Not for** passwords, and not for what has to be revoked before
 * it expires: keep those on the server.
 *
 * @module
 */

import { fromBase64url, toBase64url } from "./_base64url.ts";
import { type KeyOptions, KeyRing } from "./_key_ring.ts";
import type { Secret } from "./secret.ts";

export type { KeyOptions, Secret };

/** Options for making a token. */
export interface TokenOptions extends KeyOptions {
  /**
   * When the token was made, in milliseconds since 1970.
   *
   * @default {Date.now()}
   */
  readonly signedAtMs?: number;
  /**
   * How long the token is valid, in milliseconds, where it is checked without `maxAgeMs`. `Infinity` is for ever.
   *
   * @default {86400000}
   */
  readonly maxAgeMs?: number;
}

/** Options for checking a token. */
export interface TokenCheckOptions extends KeyOptions {
  /**
   * How old the token may be, in milliseconds. `Infinity` takes any age.
   *
   * @default {what the token says}
   */
  readonly maxAgeMs?: number;
}

/** What became of a check. */
export type TokenResult =
  | {
    readonly ok: true;
    /** What the token holds. */
    readonly data: unknown;
    /** When it expires, in milliseconds since 1970; `Infinity` if never. */
    readonly expiresAtMs: number;
  }
  | {
    readonly ok: false;
    /** `"missing"`: there was no token; `"invalid"`: not one of ours, or for something else; `"expired"`: too old. */
    readonly reason: "missing" | "invalid" | "expired";
  };

const DAY_MS = 86_400_000;
const NONCE_BYTES = 12;

/** What is in a token. JSON has no infinity: a token without an age is one for ever. */
interface Contents {
  readonly data: unknown;
  readonly signedAtMs: number;
  readonly maxAgeMs?: number | undefined;
}

const INVALID: TokenResult = { ok: false, reason: "invalid" };
const ring = new KeyRing();

/**
 * Makes a token that everybody can read and nobody can change.
 *
 * @param secret Known to the server only. At least 20 bytes.
 * @param salt What the token is about.
 * @param data What it holds: any JSON value.
 * @param options How long it is valid.
 * @returns The token, in characters that fit into a URL.
 * @throws {TypeError} If `data` is no JSON value, or a secret no text.
 * @throws {RangeError} If a secret is too short or `maxAgeMs` is negative.
 */
export async function sign(secret: Secret, salt: string, data: unknown, options: TokenOptions = {}): Promise<string> {
  const bytes = encodeContents(data, options);
  const [key] = await ring.keys(secret, "sign", salt, options);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key!, bytes));
  return `${toBase64url(bytes)}.${toBase64url(mac)}`;
}

/**
 * Checks a token that {@linkcode sign} made.
 *
 * @param secret The secret, or several, of which one made the token.
 * @param salt What the token has to be about.
 * @param token The token, as the client sent it.
 * @param options How old it may be.
 * @returns What it holds, or why it is not good.
 * @throws {TypeError} If a secret is no text.
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
 * Makes a token that nobody can read or change.
 *
 * @param secret Known to the server only. At least 20 bytes.
 * @param salt What the token is about.
 * @param data What it holds: any JSON value.
 * @param options How long it is valid.
 * @returns The token, in characters that fit into a URL.
 * @throws {TypeError} If `data` is no JSON value, or a secret no text.
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
 * Opens a token that {@linkcode encrypt} made.
 *
 * @param secret The secret, or several, of which one made the token.
 * @param salt What the token has to be about.
 * @param token The token, as the client sent it.
 * @param options How old it may be.
 * @returns What it holds, or why it is not good.
 * @throws {TypeError} If a secret is no text.
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
 * When a token says that {@linkcode sign} made it, in milliseconds since 1970. Nothing is checked: the token may be
 * anybody's, and so may the time.
 *
 * @param token The token, as the client sent it.
 * @returns The time, or `undefined` if it is no token at all.
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

/** Reads what a good token holds. What we signed needs no checking of its shape. */
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
