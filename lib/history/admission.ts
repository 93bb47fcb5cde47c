/**
 * How a member comes into a topic with history: where it stands, and what it missed (pure).
 *
 * @module
 */

import type { HistoryPage, Stored } from "./engine.ts";
import type { Position } from "./position.ts";
import type { Since } from "./since.ts";

/** Where a member stands when it comes in. */
export interface Admission {
  /** Whether it gets all that it missed; `null` if it did not ask. */
  readonly recovered: boolean | null;
  /** What it stands at before it gets {@linkcode missed}: its own position if it recovers, otherwise that of the topic. */
  readonly position: Position;
  /** What it missed, in order. Live messages follow. */
  readonly missed: readonly Stored[];
}

/** Returns whether a page holds all messages after a position. */
export function covers({ top, completeFrom }: HistoryPage, { epoch, offset }: Position): boolean {
  return epoch === top.epoch && offset >= completeFrom && offset <= top.offset;
}

/**
 * Returns how a member comes in that had to wait for a page.
 *
 * @param kept The messages of the page, up to those that this node has delivered.
 * @param page The page.
 * @param since What the member asked for.
 * @param at Where this node stands.
 */
export function admissionOf(kept: readonly Stored[], page: HistoryPage, since: Since, at: Position): Admission {
  if (since.kind === "last") return lastOf(kept, since.count, at);
  if (since.kind !== "time") return sinceOf(kept, page, since, at);
  return lastOf(kept.filter(({ atMs }) => atMs >= since.sinceMs), since.count, at);
}

/** What a member missed since its position, or that it cannot be had. */
function sinceOf(kept: readonly Stored[], page: HistoryPage, since: Since, at: Position): Admission {
  if (since.kind !== "position" || !covers(page, since.position)) return { recovered: false, position: at, missed: [] };
  const { position } = since;
  return { recovered: true, position, missed: kept.filter(({ offset }) => offset > position.offset) };
}

/** The last messages, for a member that comes for the first time. */
function lastOf(kept: readonly Stored[], count: number, at: Position): Admission {
  const missed = count === 0 ? [] : kept.slice(-count);
  const [first] = missed;
  return { recovered: true, position: first ? { epoch: at.epoch, offset: first.previous } : at, missed };
}
