/**
 * Secrets: what only the servers of one program know.
 *
 * @module
 */

/** A secret, or several: the first makes new tokens, the others are still taken, so that secrets can be changed. */
export type Secret = string | readonly string[];

/** As in Phoenix: what can be guessed is no secret. */
const SHORTEST_SECRET_BYTES = 20;

/**
 * Checks that a secret is one: where an option is set, so that a program with an empty environment does not start.
 *
 * @param secret The secret, or several.
 * @param task What it is needed for, as in "Cannot create endpoint".
 * @throws {TypeError} If it is no text, or an empty list.
 * @throws {RangeError} If it has less than 20 bytes.
 */
export function assertSecret(secret: unknown, task: string): asserts secret is Secret {
  const secrets: readonly unknown[] = Array.isArray(secret) ? secret : [secret];
  if (secrets.length === 0) throw new TypeError(`Cannot ${task}: there is no secret`);
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
