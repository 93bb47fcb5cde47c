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

/** An entry that is a message, as it is kept. */
interface Kept {
  readonly entry: Entry;
  readonly previous: number;
}

/** What is not too old or too much. */
interface Retained {
  readonly kept: readonly Kept[];
  /** The offset up to which messages are too old or too much; not less than `floor`. */
  readonly droppedTo: number;
  /** Where the topic stands. */
  readonly top: number;
}

/** Returns the page. */
export function pageOf(read: ReadEntries, keep: Retention): HistoryPage {
  const { topic, epoch } = read;
  const { kept, droppedTo, top } = retain(read, keep);
  let completeFrom = droppedTo;
  let messages: Stored[] = [];
  for (const { entry, previous } of kept) {
    const { seq: offset, atMs } = entry;
    const message = decodeMessage(topic, entry);
    if (message) messages.push({ ...message, epoch, offset, previous, atMs });
    else [completeFrom, messages] = [offset, []]; // what cannot be read is as good as gone
  }
  return { top: { epoch, offset: top }, completeFrom, messages };
}

/** Returns the offset up to which messages are too old or too much. Others may be able to read what this node cannot. */
export function droppedTo(read: ReadEntries, keep: Retention): number {
  return retain(read, keep).droppedTo;
}

function retain({ after, floor, entries, nowMs }: ReadEntries, keep: Retention): Retained {
  const found: Kept[] = [];
  let droppedTo = floor;
  let top = Math.min(floor, entries[0]?.seq ?? floor);
  for (const entry of entries) {
    const previous = top;
    top = Math.max(top, markOf(entry) ?? entry.seq);
    if (markOf(entry) !== undefined || entry.seq <= after) continue;
    if (nowMs - entry.atMs > keep.maxAgeMs) droppedTo = Math.max(droppedTo, top);
    else found.push({ entry, previous });
  }
  const kept = latest(found, keep);
  const dropped = found[found.length - kept.length - 1];
  if (dropped) droppedTo = Math.max(droppedTo, dropped.entry.seq);
  return { kept, droppedTo, top };
}

/** Returns the latest messages that may be kept; at least the last one. */
function latest(found: readonly Kept[], { maxMessages, maxBytes }: Retention): readonly Kept[] {
  let first = found.length;
  let bytes = 0;
  while (first > 0 && found.length - first < maxMessages) {
    bytes += found[first - 1]!.entry.data.length;
    if (bytes > maxBytes && first < found.length) break;
    first--;
  }
  return found.slice(first);
}
