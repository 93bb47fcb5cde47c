/**
 * From the entries of a stream to a page: what is too old or too much is left out, and not claimed (pure).
 *
 * @module
 */

import type { HistoryPage, Stored } from "../../../history/engine.ts";
import type { Retention } from "../../../history/retention.ts";
import { decodeMessage, type Entry, markOf } from "./_entry.ts";

/** What was read of a topic. */
export interface ReadEntries {
  readonly topic: string;
  readonly epoch: string;
  /** The offset that was asked for. */
  readonly after: number;
  /** No entry after this offset was removed before the first of {@linkcode entries}. */
  readonly floor: number;
  /** The entries from `after` on to the last one; at least one. */
  readonly entries: readonly Entry[];
  /** The engine's time. */
  readonly nowMs: number;
}

interface Sized {
  readonly message: Stored;
  readonly bytes: number;
}

/** Returns the page. */
export function pageOf({ topic, epoch, after, floor, entries, nowMs }: ReadEntries, keep: Retention): HistoryPage {
  const found: Sized[] = [];
  let completeFrom = floor;
  let at = Math.min(floor, entries[0]?.seq ?? floor);
  for (const entry of entries) {
    const previous = at;
    at = Math.max(at, markOf(entry) ?? entry.seq);
    if (markOf(entry) !== undefined || entry.seq <= after) continue;
    if (nowMs - entry.atMs > keep.maxAgeMs) completeFrom = Math.max(completeFrom, at);
    else {
      const message = decodeMessage(topic, entry);
      const { seq: offset, atMs, data } = entry;
      if (message) found.push({ message: { ...message, epoch, offset, previous, atMs }, bytes: data.length });
    }
  }
  const kept = latest(found, keep);
  const dropped = found[found.length - kept.length - 1];
  if (dropped) completeFrom = Math.max(completeFrom, dropped.message.offset);
  return { top: { epoch, offset: at }, completeFrom, messages: kept.map(({ message }) => message) };
}

/** Returns the latest messages that may be kept; at least the last one. */
function latest(found: readonly Sized[], { maxMessages, maxBytes }: Retention): readonly Sized[] {
  let first = found.length;
  let bytes = 0;
  while (first > 0 && found.length - first < maxMessages) {
    bytes += found[first - 1]!.bytes;
    if (bytes > maxBytes && first < found.length) break;
    first--;
  }
  return found.slice(first);
}
