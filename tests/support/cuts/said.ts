/**
 * What is said in runs of cuts: a number, as JSON or as bytes.
 *
 * @module
 */

/** Returns a number as a payload of bytes. */
export function bytesOf(n: number): Uint8Array {
  return new TextEncoder().encode(`${n}`);
}

/** Reads the number in a payload. */
export function numberIn(payload: unknown): number {
  if (payload instanceof ArrayBuffer) return Number(new TextDecoder().decode(payload));
  return (payload as { n: number }).n;
}
