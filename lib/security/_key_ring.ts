/**
 * Derives keys from secrets: one for each purpose, so that a token for one purpose is never valid for
 * another.
 *
 * @module
 */

import { assertSecret, type Secret } from "./secret.ts";

/**
 * Options for deriving a key from a secret. The defaults are Phoenix's, but its tokens are not compatible.
 *
 * @category Security
 */
export interface KeyOptions {
  /**
   * Rounds of PBKDF2. A thousand is enough for a long random secret, but does not protect a password.
   *
   * @default {1000}
   */
  readonly keyIterations?: number;
  /**
   * The hash of PBKDF2.
   *
   * @default {"SHA-256"}
   */
  readonly keyDigest?: "SHA-256" | "SHA-384" | "SHA-512";
}

/** The purpose of a key. */
type Purpose = "sign" | "encrypt";

const KEY_BITS = 256;
/** Maximum number of cached keys. A key costs a thousand hashes; a program uses a few, with its own salts. */
const CACHED_KEYS = 256;

const ALGORITHMS = {
  sign: { algorithm: { name: "HMAC", hash: "SHA-256", length: KEY_BITS }, usages: ["sign", "verify"] },
  encrypt: { algorithm: { name: "AES-GCM", length: KEY_BITS }, usages: ["encrypt", "decrypt"] },
} as const;

/** Derives keys and caches them. */
export class KeyRing {
  readonly #keys = new Map<string, Promise<CryptoKey>>();

  /**
   * Returns the keys for one purpose, the one for new tokens first.
   *
   * @param secret The secret, or several.
   * @param purpose The purpose of the keys.
   * @param salt The salt of the tokens.
   * @param options How to derive the keys.
   * @throws {TypeError} If there is no secret, or it is not a string.
   * @throws {RangeError} If a secret is too short, or `keyIterations` is less than 1.
   */
  async keys(secret: Secret, purpose: Purpose, salt: string, options: KeyOptions): Promise<CryptoKey[]> {
    assertSecret(secret, "make key");
    const secrets = typeof secret === "string" ? [secret] : secret;
    return await Promise.all(secrets.map((secret) => this.#key(secret, purpose, salt, options)));
  }

  #key(secret: string, purpose: Purpose, salt: string, options: KeyOptions): Promise<CryptoKey> {
    const { keyIterations = 1000, keyDigest = "SHA-256" } = options;
    const id = JSON.stringify([secret, purpose, salt, keyIterations, keyDigest]);
    const known = this.#keys.get(id);
    if (known) return known;
    const key = deriveKey(secret, purpose, salt, keyIterations, keyDigest);
    if (this.#keys.size >= CACHED_KEYS) this.#keys.delete(this.#keys.keys().next().value!);
    this.#keys.set(id, key);
    key.catch(() => this.#keys.delete(id));
    return key;
  }
}

async function deriveKey(
  secret: string,
  purpose: Purpose,
  salt: string,
  iterations: number,
  hash: string,
): Promise<CryptoKey> {
  const encoder = new TextEncoder();
  const bytes = encoder.encode(secret);
  if (!(Number.isInteger(iterations) && iterations >= 1)) {
    throw new RangeError(`Cannot make key: "keyIterations" must be >= 1, received ${iterations}`);
  }
  const { algorithm, usages } = ALGORITHMS[purpose];
  const material = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", salt: encoder.encode(`${purpose} ${salt}`), iterations, hash };
  return await crypto.subtle.deriveKey(derivation, material, algorithm, false, [...usages]);
}
