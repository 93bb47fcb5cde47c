/**
 * Positions: where a client stands in the history of a topic.
 *
 * A position travels as text, `epoch:offset`. Clients send it back as they got it, so it is checked when it arrives.
 *
 * @module
 */

/**
 * A place in the history of a topic.
 *
 * @category History
 */
export interface Position {
  /** Identifies one run of the numbering. Positions of different epochs cannot be compared. */
  readonly epoch: string;
  /** The number of a message, or 0 before the first. Numbers rise; there may be gaps. */
  readonly offset: number;
}

const POSITION = /^([A-Za-z0-9._-]{1,64}):(0|[1-9][0-9]{0,15})$/;

/**
 * Writes a position as text. It contains a colon, as no other reference in a frame does.
 *
 * @category History
 */
export function formatPosition({ epoch, offset }: Position): string {
  return `${epoch}:${offset}`;
}

/**
 * Reads a position that a client sent. Returns `undefined` if it is none.
 *
 * @category History
 */
export function parsePosition(text: unknown): Position | undefined {
  const match = typeof text === "string" ? POSITION.exec(text) : null;
  if (!match) return undefined;
  const offset = Number(match[2]);
  return Number.isSafeInteger(offset) ? { epoch: match[1]!, offset } : undefined;
}
