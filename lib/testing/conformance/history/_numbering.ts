/**
 * Cases about numbers: one order, announced as it is kept.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { assert } from "@std/assert/assert";
import type { Stored } from "../../../history/engine.ts";
import { covers, EVENT, payloadsOf } from "./_history_node.ts";
import type { HistorySite } from "./_history_site.ts";

const CLOCK_MS = 60_000;

/** Numbers rise within one epoch, and the page has them. */
export async function numbers(site: HistorySite): Promise<void> {
  const node = await site.node();
  const positions = [];
  for (let n = 0; n < 5; n++) positions.push(await node.publish("numbers", { n }));
  const { top, messages } = await node.read("numbers", 0);
  assertEquals(top, positions.at(-1), "top is the position of the last message.");
  const kept = messages.map(({ epoch, offset }) => ({ epoch, offset }));
  assertEquals(kept, positions, "publish() resolves to the positions that read() has.");
  assertEquals(messages.map(({ payload }) => payload), [0, 1, 2, 3, 4].map((n) => ({ n })), "read() keeps the order.");
  const offsets = positions.map(({ offset }) => offset);
  assertEquals(offsets, [...new Set(offsets)].sort((a, b) => a - b), "Numbers rise.");
  assert(offsets.every((offset) => Number.isSafeInteger(offset) && offset > 0), "Numbers are positive integers.");
  assertEquals(new Set(positions.map(({ epoch }) => epoch)).size, 1, "All messages have one epoch.");
  assertEquals(messages.slice(1).map(({ previous }) => previous), offsets.slice(0, -1), "previous is the one before.");
  assert(messages[0]!.previous < offsets[0]!, "The first message comes after a position, too.");
  assert(messages.every(({ atMs }) => Math.abs(atMs - Date.now()) < CLOCK_MS), "atMs is the time of the message.");
}

/** A topic that was never used has a position, from which nothing is missed. */
export async function positionFromTheStart(site: HistorySite): Promise<void> {
  const node = await site.node();
  const empty = await node.read("start", undefined);
  assertEquals(empty.messages, [], "A topic that was never used has no messages.");
  const again = await node.read("start", empty.top.offset);
  assertEquals(again.top, empty.top, "The position of a topic that is not used stays the same.");
  assert(covers(again, empty.top), "Nothing is missed after the position of a topic that is not used.");
  const first = await node.publish("start", { n: 1 });
  assertEquals(first.epoch, empty.top.epoch, "The first message has the epoch of the empty topic.");
  const page = await node.read("start", empty.top.offset);
  assert(covers(page, empty.top), "Nothing is missed after the position of an empty topic.");
  assertEquals(payloadsOf(page.messages), [{ n: 1 }], "The first message comes after the position of an empty topic.");
}

/** A page has what follows an offset, and no more; without an offset, the top alone. */
export async function pages(site: HistorySite): Promise<void> {
  const node = await site.node();
  const positions = [];
  for (let n = 0; n < 6; n++) positions.push(await node.publish("pages", n));
  for (const [n, position] of positions.entries()) {
    const page = await node.read("pages", position.offset);
    assert(covers(page, position), "A page is complete after a message that is kept.");
    assertEquals(payloadsOf(page.messages), [1, 2, 3, 4, 5].slice(n), "A page has the messages after an offset.");
  }
  const only = await node.read("pages", undefined);
  assertEquals([only.top, only.messages], [positions.at(-1), []], "read(undefined) has the top and no messages.");
  const beyond = positions.at(-1)!.offset + 1000;
  const page = await node.read("pages", beyond);
  assertEquals([page.top, page.messages], [only.top, []], "read() beyond the top has the top and no messages.");
}

/** Each node that subscribed gets each message, the publishing one too, as it is kept. */
export async function announced(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await a.subscribe("live");
  await b.subscribe("live");
  await a.publish("live", { n: 1 }, { from: "a:1" });
  await b.publish("live", { n: 2 });
  await a.publish("live", Uint8Array.of(0, 255));
  const kept = (await a.read("live", 0)).messages;
  for (const node of [a, b]) {
    await site.until(() => node.live("live").length >= 3, "each message is announced to each node");
    await site.quiet();
    assertEquals(node.live("live").map(content), kept.map(content), "What is announced is what is kept.");
  }
  assertEquals(kept.map(({ event }) => event), [EVENT, EVENT, EVENT], "The event is kept.");
  assertEquals(kept.map(({ from }) => from), ["a:1", undefined, undefined], "The sender is kept.");
  assertEquals(a.live("live").slice(1).map(({ previous }) => previous), kept.slice(0, 2).map(({ offset }) => offset));
}

/** Several nodes that publish at once make one order, which all nodes see. */
export async function oneOrder(site: HistorySite): Promise<void> {
  const nodes = [await site.node(), await site.node(), await site.node()];
  for (const node of nodes) await node.subscribe("order");
  const count = site.numbers.messages;
  const published = nodes.flatMap((node, by) =>
    Array.from({ length: count / nodes.length }, (_, n) => node.publish("order", { by, n }))
  );
  const positions = await Promise.all(published);
  const { messages, top } = await nodes[0]!.read("order", 0);
  assertEquals(messages.length, published.length, "Each message is kept once.");
  assertEquals(top.offset, Math.max(...positions.map(({ offset }) => offset)), "The top is the highest number.");
  assertEquals(new Set(positions.map(({ offset }) => offset)).size, published.length, "No number is used twice.");
  for (const node of nodes) {
    await site.until(() => node.live("order").length >= published.length, "each node gets each message");
    assertEquals(node.live("order").map(content), messages.map(content), "Each node gets the one order.");
    assertChain(node.live("order"));
  }
  for (const by of nodes.keys()) {
    const own = messages.map(({ payload }) => payload as { by: number; n: number }).filter((each) => each.by === by);
    assertEquals(own.map(({ n }) => n), own.map((_, n) => n), "The messages of one node stay in order.");
  }
}

/** Topics do not share numbers in a way that one sees those of another. */
export async function topicsApart(site: HistorySite): Promise<void> {
  const node = await site.node();
  await node.subscribe("one", "two");
  const first = await node.publish("one", 1);
  await node.publish("two", 2);
  await node.publish("one", 3);
  assertEquals(payloadsOf((await node.read("one", first.offset)).messages), [3], "A page has its own topic alone.");
  await site.until(() => node.live("one").length >= 2 && node.live("two").length >= 1, "all messages are announced");
  assertEquals(payloadsOf(node.live("one")), [1, 3], "What is announced is of its own topic alone.");
  assertEquals(node.live("one")[1]!.previous, first.offset, "previous is the one before in this topic.");
}

function content({ epoch, offset, event, payload, from }: Stored): unknown {
  return { epoch, offset, event, payload, from };
}

function assertChain(messages: readonly Stored[]): void {
  for (const [n, message] of messages.slice(1).entries()) {
    assertEquals(message.previous, messages[n]!.offset, "previous of a live message is the one before it.");
  }
}
