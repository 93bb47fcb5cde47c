/**
 * Cases about what a message can carry, and who gets it.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { TooLargeError } from "../../../pubsub/errors.ts";
import { PAYLOADS, TOPICS } from "../_awkward.ts";
import { type HistoryNode, payloadsOf } from "./_history_node.ts";
import type { HistorySite } from "./_history_site.ts";

const AWKWARD_EVENT = "said \ud800 🙂\r\n";
const ROUNDS = 20;

/** Any text is a topic, and no topic has the messages of another. */
export async function anyTopic(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe(...TOPICS);
  for (const [n, topic] of TOPICS.entries()) await a.publish(topic, n);
  await site.until(() => TOPICS.every((topic) => b.live(topic).length > 0), "the messages of all topics are announced");
  await site.quiet();
  for (const [n, topic] of TOPICS.entries()) {
    const name = JSON.stringify(topic.slice(0, 100));
    assertEquals(payloadsOf(b.live(topic)), [n], `The topic ${name} has its own messages, once.`);
    assertEquals(payloadsOf((await b.read(topic, 0)).messages), [n], `The topic ${name} keeps its own messages.`);
  }
}

/** Any payload, event and sender is kept and announced as it was published. */
export async function anyPayload(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("payloads");
  const more = { event: AWKWARD_EVENT, from: "node \ud800\r\n:1" };
  for (const payload of PAYLOADS) await a.publish("payloads", payload, more);
  await site.until(() => b.live("payloads").length >= PAYLOADS.length, "all payloads are announced");
  for (const messages of [b.live("payloads"), (await b.read("payloads", 0)).messages]) {
    assertEquals(payloadsOf(messages), PAYLOADS, "A payload arrives as it was published.");
    assertEquals(messages.every(({ event, from }) => event === more.event && from === more.from), true);
  }
}

/** A payload of any size is kept and announced, or refused with an error. */
export async function anySize(site: HistorySite): Promise<void> {
  const { maxPayloadBytes } = site.numbers;
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("sizes");
  const around = [0, 1, 5900, 7899, 7900, 8000, 8001, 65_535, 65_536, 1_000_000, 1_048_575, 1_048_576];
  const accepted = new Set<number>();
  const tried = async (bytes: number) => {
    const isKept = await keeps(a, bytes);
    if (isKept) accepted.add(bytes);
    return isKept;
  };
  const sizes = [...around.filter((bytes) => bytes < maxPayloadBytes), maxPayloadBytes];
  let [small, large] = [0, 0];
  for (const bytes of sizes) {
    if (await tried(bytes)) small = bytes;
    else large ||= bytes;
  }
  while (large - small > 1) { // where the limit is, to the byte
    const middle = Math.floor((small + large) / 2);
    if (await tried(middle)) small = middle;
    else large = middle;
  }
  const haveAll = () => b.live("sizes").length >= accepted.size;
  await site.until(haveAll, "each payload is announced, or a TooLargeError is thrown").catch(() => {});
  const arrived = new Set(payloadsOf(b.live("sizes")).map((payload) => (payload as Uint8Array).length));
  assertEquals(arrived, accepted, "A payload is announced, or a TooLargeError is thrown.");
  const kept = (await b.read("sizes", 0)).messages.length;
  assertEquals(kept > 0, true, "What fits is kept.");
}

async function keeps(node: HistoryNode, bytes: number): Promise<boolean> {
  try {
    await node.publish("sizes", new Uint8Array(bytes).fill(bytes % 251));
    return true;
  } catch (error) {
    if (error instanceof TooLargeError) return false;
    throw error;
  }
}

/** Nothing is missed once `subscribe` has resolved. */
export async function subscribedAtOnce(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  const topics = Array.from({ length: site.numbers.races }, (_, n) => `race:${n}`);
  for (const topic of topics) {
    await b.subscribe(topic);
    await a.publish(topic, topic);
  }
  const missed = () => topics.filter((topic) => b.live(topic).length === 0);
  await site.until(() => missed().length === 0, "what was published after subscribe() is announced").catch(() => {});
  assertEquals(missed(), [], "What was published after subscribe() had resolved was not announced.");
}

/** A topic that was left brings nothing, and can be subscribed to again. */
export async function unsubscribed(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("left", "kept");
  b.engine.unsubscribe("left");
  b.engine.unsubscribe("never");
  await b.subscribe("after"); // so that the engine has dealt with the former
  await a.publish("left", 0);
  await a.publish("kept", 0);
  await site.until(() => b.live("kept").length > 0, "a topic that was kept is announced");
  await site.quiet();
  assertEquals(b.live("left"), [], "A topic that was left is not announced.");
  for (let round = 0; round < ROUNDS; round++) {
    await b.subscribe("left");
    const before = b.live("left").length;
    await a.publish("left", round);
    await site.until(() => b.live("left").length > before, "a topic that was subscribed again is announced");
    b.engine.unsubscribe("left");
  }
  assertEquals(payloadsOf(b.live("left")), Array.from({ length: ROUNDS }, (_, n) => n), "It is announced once.");
}
