/**
 * What a client asks for when it joins a topic with history: the join parameter `since`.
 *
 * @module
 */

import { parsePosition, type Position } from "./position.ts";

/** The wish of a client. */
export type Since =
  /** It did not ask. */
  | { readonly kind: "nothing" }
  /** What came after a position. */
  | { readonly kind: "position"; readonly position: Position }
  /** The last messages, however many of them there are. */
  | { readonly kind: "last"; readonly count: number }
  /** The messages from a time on, the last of them: as clients of Supabase ask. */
  | { readonly kind: "time"; readonly sinceMs: number; readonly count: number }
  /** It sent something that is neither: it is told that nothing can be recovered. */
  | { readonly kind: "unreadable" };

const LAST = /^last:([0-9]{1,5})$/;

/**
 * Reads the parameter `since`.
 *
 * @param since A position, `"last:20"`, or nothing: `undefined`, `null` or an empty text.
 */
export function readSince(since: unknown): Since {
  if (since === undefined || since === null || since === "") return { kind: "nothing" };
  const last = typeof since === "string" ? LAST.exec(since) : null; // first: it has the form of a position
  if (last) return { kind: "last", count: Number(last[1]) };
  const position = parsePosition(since);
  return position ? { kind: "position", position } : { kind: "unreadable" };
}
