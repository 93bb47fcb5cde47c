/**
 * What the engine does with one topic: reading, removing, remembering its position.
 *
 * @module
 */

import type { HistoryPage } from "../../../history/engine.ts";
import type { Position } from "../../../history/position.ts";
import type { Retention } from "../../../history/retention.ts";
import { markOf, offsetOf } from "./_entry.ts";
import { droppedTo, pageOf, type ReadEntries } from "./_page.ts";
import { REMEMBERED_MS } from "./_stream_config.ts";
import type { FoundStream } from "./_streams.ts";
import type { TopicLog } from "./_topic_log.ts";

/** How often something is tried that fails if a message comes meanwhile. */
const ATTEMPTS = 10;

/** What is read of a topic. */
export type ReadableLog = Pick<TopicLog, "from" | "first" | "last" | "mark">;

/** Returns the position of a topic, which gets a mark if it has none. */
export async function readTop(log: ReadableLog, { epoch }: FoundStream): Promise<HistoryPage> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const last = await log.last();
    const offset = last ? offsetOf(last) : await log.mark(undefined, 0, false);
    if (offset !== undefined) return { top: { epoch, offset }, completeFrom: offset, messages: [] };
  }
  throw new Error(`other messages came ${ATTEMPTS} times meanwhile`);
}

/** Returns what is kept after an offset. */
export async function readAfter(
  topic: string,
  log: ReadableLog,
  stream: FoundStream,
  after: number,
): Promise<HistoryPage> {
  const read = await readEntries(topic, log, stream, after);
  return read ? pageOf(read, stream.keep) : await readTop(log, stream);
}

/** Reads the entries from an offset on; `undefined` if there are none. Reads again if they are all removed meanwhile. */
async function readEntries(
  topic: string,
  log: Pick<TopicLog, "from" | "first">,
  { epoch }: FoundStream,
  after: number,
): Promise<ReadEntries | undefined> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { entries: read, nowMs } = await log.from(after);
    const first = await log.first(); // after reading: nothing was removed behind it
    if (!first || read.length === 0) return undefined;
    const entries = read.filter(({ seq }) => seq >= first.seq);
    const floor = Math.max(after, markOf(first) ?? first.seq - 1);
    if (entries.length > 0) return { topic, epoch, after, floor, entries, nowMs };
  }
  throw new Error(`the entries were removed ${ATTEMPTS} times meanwhile`);
}

/** A topic that is quiet for longer than its messages are kept needs its position alone; see `UpkeepActions`. */
export async function settle(log: TopicLog, stream: FoundStream, { epoch, offset }: Position): Promise<void> {
  const last = epoch === stream.epoch ? await log.last() : undefined;
  if (last && offsetOf(last) <= offset) await log.mark(offsetOf(last), last.seq, true);
}

/** Renews the last entry of a topic long before NATS removes it. */
export async function renew(log: TopicLog, { maxAgeMs }: Retention): Promise<void> {
  const last = await log.last();
  const ageMs = last ? Date.now() - last.atMs : 0;
  if (last && ageMs > REMEMBERED_MS / 2) await log.mark(offsetOf(last), last.seq, ageMs > REMEMBERED_MS / 2 + maxAgeMs);
}

/** Deletes one message. Returns whether it was there. */
export async function deleteAt(log: TopicLog, offset: number): Promise<boolean> {
  const entry = await log.at(offset);
  if (!entry || markOf(entry) !== undefined) return false;
  await log.mark(offset, offset, false); // if it is the last one, its number must stay known
  return await log.delete(offset);
}

/** Deletes all messages. */
export async function clear(log: TopicLog): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const last = await log.last();
    if (!last || await log.mark(offsetOf(last), last.seq, true) !== undefined) return;
  }
  throw new Error(`other messages came ${ATTEMPTS} times meanwhile`);
}

/** Removes the messages that are too old or too much. */
export async function trim(
  topic: string,
  log: Pick<TopicLog, "from" | "first" | "purgeBefore">,
  stream: FoundStream,
): Promise<void> {
  const read = await readEntries(topic, log, stream, 0);
  if (read) await log.purgeBefore(droppedTo(read, stream.keep)); // who has seen this one misses nothing
}
