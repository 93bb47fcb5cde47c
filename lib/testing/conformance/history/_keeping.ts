/**
 * Cases about how much is kept, and what a page says about the rest.
 *
 * @module
 */

import { assert } from "@std/assert/assert";
import { assertEquals } from "@std/assert/equals";
import { pause } from "../../../base/pause.ts";
import type { Retention } from "../../../history/retention.ts";
import type { Position } from "../../../history/position.ts";
import { covers, type HistoryNode, KEEP, payloadsOf } from "./_history_node.ts";
import type { HistorySite } from "./_history_site.ts";

const AGE_MS = 1000;
const KILOBYTE = 1000;

/** As many messages are kept as was said, and a page does not claim to have those before. */
export async function byNumber(site: HistorySite): Promise<void> {
  const keep = { ...KEEP, maxMessages: 5 };
  const node = await site.node();
  const positions = await publish(node, "number", keep, [0, 1, 2, 3, 4, 5, 6, 7]);
  const page = await node.read("number", 0, keep);
  assertEquals(payloadsOf(page.messages), [3, 4, 5, 6, 7], "The latest messages are kept, as many as was said.");
  await assertHonest(node, "number", keep, positions);
  assert(covers(await node.read("number", positions[3]!.offset, keep), positions[3]!), "What is kept can be had.");
  assertEquals(covers(await node.read("number", positions[1]!.offset, keep), positions[1]!), false);
}

/** Messages go when they are too old. A position at the end of a quiet topic stays good. */
export async function byAge(site: HistorySite): Promise<void> {
  const keep = { ...KEEP, maxAgeMs: AGE_MS };
  const node = await site.node();
  const positions = await publish(node, "age", keep, [0, 1, 2]);
  const page = await node.read("age", positions[0]!.offset, keep);
  if (Date.now() - page.messages[0]!.atMs < AGE_MS / 2) assertEquals(payloadsOf(page.messages), [1, 2]);
  await pause(AGE_MS);
  const none = async () => (await node.read("age", 0, keep)).messages.length === 0;
  await site.until(none, "old messages are gone");
  const last = positions.at(-1)!;
  const quiet = await node.read("age", last.offset, keep);
  assertEquals(quiet.top, last, "The position of a topic outlives its messages.");
  assert(covers(quiet, last), "A client that has seen the last message of a quiet topic missed nothing.");
  assertEquals(covers(await node.read("age", positions[0]!.offset, keep), positions[0]!), false, "Others did.");
  const [next] = await publish(node, "age", keep, [3]);
  const after = await node.read("age", last.offset, keep);
  assert(next!.offset > last.offset && next!.epoch === last.epoch, "The numbering continues.");
  assert(covers(after, last), "A client that has seen the last message before a silence misses nothing.");
  assertEquals(payloadsOf(after.messages), [3], "What was said after a silence is kept.");
  await assertHonest(node, "age", keep, [...positions, next!]);
}

/** What goes beyond the bytes goes soon, the oldest first; the last message stays. */
export async function byBytes(site: HistorySite): Promise<void> {
  const keep = { ...KEEP, maxBytes: 10 * KILOBYTE };
  const node = await site.node();
  const texts = Array.from({ length: 30 }, (_, n) => `${n}`.padEnd(KILOBYTE, "."));
  const positions = await publish(node, "bytes", keep, texts);
  const kept = async () => payloadsOf((await node.read("bytes", 0, keep)).messages);
  await site.until(async () => (await kept()).length <= 10, "no more bytes are kept than was said");
  const left = await kept();
  assert(left.length >= 5, "About as many bytes are kept as was said.");
  assertEquals(left, texts.slice(-left.length), "The oldest messages go first.");
  await assertHonest(node, "bytes", keep, positions);
  const [large] = await publish(node, "bytes", keep, ["x".repeat(20 * KILOBYTE)]);
  await site.until(async () => (await kept()).length === 1, "one message that is larger than all bytes is kept alone");
  await assertHonest(node, "bytes", keep, [...positions, large!]);
}

/** A page that claims to be complete after a position has all messages after it. */
async function assertHonest(node: HistoryNode, topic: string, keep: Retention, positions: readonly Position[]) {
  for (const [n, position] of positions.entries()) {
    const page = await node.read(topic, position.offset, keep);
    if (!covers(page, position)) continue;
    const offsets = page.messages.map(({ offset }) => offset);
    assertEquals(offsets, positions.slice(n + 1).map(({ offset }) => offset), "A page that claims it is complete.");
  }
}

async function publish(
  node: HistoryNode,
  topic: string,
  keep: Retention,
  payloads: readonly unknown[],
): Promise<Position[]> {
  const positions = [];
  for (const payload of payloads) positions.push(await node.publish(topic, payload, {}, keep));
  return positions;
}
