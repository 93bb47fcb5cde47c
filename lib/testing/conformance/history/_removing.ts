/**
 * Cases about messages that must not be there: second ones with the same key, and those that were deleted.
 *
 * @module
 */

import { assert } from "@std/assert/assert";
import { assertEquals } from "@std/assert/equals";
import { assertNotEquals } from "@std/assert/not-equals";
import { covers, KEEP, payloadsOf } from "./_history_node.ts";
import type { HistorySite } from "./_history_site.ts";

const KEYS: readonly string[] = ["k", "", " ", "a b", "\r\n", "é🙂", "\ud800", "'\"", "x".repeat(5000)];

/** A second message with the key of a kept one is neither kept nor announced. */
export async function idempotent(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await a.subscribe("keys", "other");
  for (const [n, key] of KEYS.entries()) {
    const first = await a.publish("keys", n, { key });
    assertEquals(await b.publish("keys", "twice", { key }), first, "A second message gets the position of the first.");
  }
  const both = await Promise.all([a, b, a, b].map((node) => node.publish("keys", "last", { key: "at once" })));
  assertEquals(new Set(both.map(({ offset }) => offset)).size, 1, "Of messages at once with one key, one is kept.");
  await a.publish("other", "same key", { key: "k" });
  await site.until(() => a.live("other").length > 0, "another topic has keys of its own");
  const expected = [...KEYS.keys(), "last"];
  assertEquals(payloadsOf((await b.read("keys", 0)).messages), expected, "No message with the same key is kept.");
  await site.quiet();
  assertEquals(payloadsOf(a.live("keys")), expected, "No message with the same key is announced.");
}

/** A deleted message is gone. Nobody misses anything by that, and numbers go on. */
export async function deleted(site: HistorySite): Promise<void> {
  const node = await site.node();
  const positions = [];
  for (let n = 0; n < 4; n++) positions.push(await node.publish("deleted", n));
  const [first, second, third] = positions;
  const remove = async (at = second!) => await node.engine.delete("deleted", at, KEEP);
  assertEquals(await remove(), true, "delete() resolves to whether the message was there.");
  assertEquals(await remove(), false, "A message is deleted once.");
  assertEquals(await remove({ ...third!, epoch: "other" }), false, "A position of another epoch is no message.");
  assertEquals(await remove({ ...third!, offset: third!.offset + 1000 }), false, "There is no such message.");
  const page = await node.read("deleted", first!.offset);
  assert(covers(page, first!), "A message that was deleted is not missed.");
  assertEquals(payloadsOf(page.messages), [2, 3], "A deleted message is gone.");
  const after = await node.read("deleted", second!.offset);
  assert(covers(after, second!), "Who stands at a deleted message misses nothing.");
  assertEquals(payloadsOf(after.messages), [2, 3]);
}

/** After the last message was deleted, its number is not used again. */
export async function deletedLast(site: HistorySite): Promise<void> {
  const node = await site.node();
  await node.publish("last", 0);
  const last = await node.publish("last", 1);
  await node.engine.delete("last", last, KEEP);
  const page = await node.read("last", last.offset);
  assert(covers(page, last), "Who stands at the last message, which was deleted, misses nothing.");
  const next = await node.publish("last", 2);
  assert(next.epoch === last.epoch && next.offset > last.offset, "A number is not used again.");
  const after = await node.read("last", last.offset);
  assert(covers(after, last), "Who stands at a deleted message misses nothing of what follows.");
  assertEquals(payloadsOf(after.messages), [2]);
}

/** A topic that was cleared has no messages. Its numbers go on. */
export async function cleared(site: HistorySite): Promise<void> {
  const node = await site.node();
  const positions = [];
  for (let n = 0; n < 3; n++) positions.push(await node.publish("cleared", n));
  const other = await node.publish("other", 1);
  const last = positions.at(-1)!;
  await node.engine.clear("cleared", KEEP);
  await node.engine.clear("never used", KEEP);
  const page = await node.read("cleared", 0);
  assertEquals(page.messages, [], "A cleared topic has no messages.");
  assert(page.top.epoch === last.epoch && page.top.offset >= last.offset, "Its position stays.");
  assert(covers(await node.read("cleared", last.offset), last), "Who has seen the last message misses nothing.");
  const next = await node.publish("cleared", 3);
  assertNotEquals(next.offset, last.offset);
  const after = await node.read("cleared", last.offset);
  assert(covers(after, last), "Who has seen the last message misses nothing of what follows.");
  assertEquals(payloadsOf(after.messages), [3], "Numbers go on in a cleared topic.");
  assertEquals((await node.read("other", 0)).top, other, "Another topic is untouched.");
}
