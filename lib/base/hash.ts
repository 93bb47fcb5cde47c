/**
 * A hash to distribute keys evenly. It is not cryptographic.
 *
 * @module
 */

const PRIME_1 = 0x85ebca6b;
const PRIME_2 = 0xc2b2ae35;

/**
 * Hashes a text, with the same result in every program: FNV-1a over its UTF-16 units, with the finalizer of
 * MurmurHash3, so that the low bits of the hash depend on the whole text.
 *
 * @param text The text.
 * @returns An integer from 0 to 2^32 - 1.
 */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), PRIME_1);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_2);
  return (hash ^ (hash >>> 16)) >>> 0;
}
