/**
 * Errors in words, for comparing them: `assertEquals` tells errors apart by where they were made.
 *
 * @module
 */

/** An error as its name and message; everything else as it is. */
export function errorText(value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}
