/**
 * Secrets from which the servers of a program derive their keys.
 *
 * @module
 */

/**
 * A secret, or several for rotation: the first creates new tokens, tokens of the others are still accepted.
 *
 * @category Security
 */
export type Secret = string | readonly string[];

/** Minimum length of a secret, as in Phoenix: a shorter one could be guessed. */
const SHORTEST_SECRET_BYTES = 20;

/**
 * Checks that a secret is valid. It is called when an option is set, so that a program with an empty environment does
 * not start.
 *
 * @param secret The secret, or several.
 * @param task The task that needs it, as in "Cannot create endpoint".
 * @throws {TypeError} If it is not a string, or an empty list.
 * @throws {RangeError} If it has less than 20 bytes.
 */
export function assertSecret(secret: unknown, task: string): asserts secret is Secret {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw new TypeError(`Cannot ${task}: the list of secrets must not be empty`);
  for (const one of secrets) {
    if (typeof one !== "string") {
      const found = one === null ? "null" : typeof one;
      throw new TypeError(`Cannot ${task}: a secret must be text, received ${found}`);
    }
    const bytes = one.length >= SHORTEST_SECRET_BYTES ? one.length : new TextEncoder().encode(one).length;
    if (bytes < SHORTEST_SECRET_BYTES) {
      throw new RangeError(`Cannot ${task}: a secret must have >= ${SHORTEST_SECRET_BYTES} bytes, received ${bytes}`);
    }
  }
}
