/**
 * Cases about the start and the end of a node, and what it leaves behind.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import process from "node:process";
import { assertEquals } from "@std/assert/equals";
import { assertLessOrEqual } from "@std/assert/less-or-equal";
import { assertThrows } from "@std/assert/throws";
import { BusDownError } from "../../pubsub/errors.ts";
import { numbersTo } from "./_delivery.ts";
import { lacks } from "./_patience.ts";
import type { Site } from "./_site.ts";
import type { TestNode } from "./_test_node.ts";

const ROUNDS = 3;
/** What may be left of a topic after it was left, in bytes; one that is forgotten takes several hundred. */
const LEFT_BYTES = 64;
const BATCH = 100;

/** A stopped node receives nothing, and can be stopped again. */
export async function stops(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("stopped");
  a.broadcast("stopped", "before");
  await site.until(() => b.received("stopped").length > 0, "a broadcast arrives before stop()");
  await site.soon(b.adapter.stop(), "stop() resolves");
  await site.soon(b.adapter.stop(), "stop() resolves when it is called again");
  assertEquals(b.adapter.isConnected, false, "A stopped node is not connected.");
  assertThrows(() => b.broadcast("stopped", 0), BusDownError, undefined, "A stopped node refuses to broadcast.");
  const before = b.recorder.log.length;
  a.broadcast("stopped", "after");
  a.direct(b.name, "stopped", "after");
  a.broadcast("stopped", "after", "disconnect");
  await site.quiet();
  assertEquals(b.recorder.log.slice(before), [], "A stopped node receives nothing.");
}

/** A node can be stopped while it starts. */
export async function stopsWhileStarting(site: Site): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const node = site.create();
    const started = node.start().catch(() => {}); // it may reject, or resolve
    if (round > 0) await Promise.resolve(); // at different moments
    await site.soon(node.adapter.stop(), "stop() resolves while start() is under way");
    await site.soon(started, "start() settles after stop()");
    assertEquals(node.adapter.isConnected, false, "A node that was stopped while it started is not connected.");
    await site.soon(node.adapter.stop(), "stop() resolves afterwards");
  }
}

/** A node can be stopped while its engine is silent: a hanging engine must not hold up a deploy. */
export async function stopsInSilence(site: Site): Promise<void> {
  const engine = site.need("engine");
  if (!engine.pause || !engine.resume) throw lacks("engine.pause");
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("silence");
  await engine.pause();
  a.broadcast("silence", 0);
  const { noticeMs } = site.numbers;
  await site.soon(a.adapter.stop(), "stop() resolves although its engine does not respond", noticeMs);
  await site.soon(b.adapter.stop(), "stop() resolves although its engine does not respond", noticeMs);
  await engine.resume();
  await site.quiet();
  assertEquals([a.adapter.isConnected, b.adapter.isConnected], [false, false], "A stopped node is not connected.");
}

/** A node can be started again, as its PubSub does when the adapter's process was ended by force. */
export async function startsAgain(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("again");
  for (let round = 0; round < ROUNDS; round++) {
    await site.soon(b.adapter.stop(), "stop() resolves");
    await site.soon(b.start(), "start() resolves after stop()");
    assertEquals(b.adapter.isConnected, true, "A node that was started again is connected.");
    await b.subscribe("again");
    a.broadcast("again", round);
    await site.until(() => b.received("again").includes(round), "a broadcast arrives after another start()");
  }
  await site.quiet();
  assertEquals(
    b.received("again"),
    numbersTo(ROUNDS),
    "A broadcast arrives once after another start().",
  );
}

/** Topics that were left take no memory, neither here nor in the engine. */
export async function forgetsTopics(site: Site): Promise<void> {
  const { topics } = site.numbers;
  const node = await site.node();
  const engine = site.bus.engine;
  const count = async () => await engine?.subscriptionCount?.();
  const subscriptions = await count();
  await joinAndLeave(site, node, "warm-up", topics);
  const before = heapBytes();
  for (let round = 0; round < ROUNDS; round++) await joinAndLeave(site, node, `${round}`, topics);
  const growth = heapBytes() - before;
  assertLessOrEqual(growth, ROUNDS * topics * LEFT_BYTES, "Topics that were left take memory of the node.");
  await site.until(async () => await count() === subscriptions, "the engine forgets topics that were left");
}

async function joinAndLeave(site: Site, node: TestNode, round: string, topics: number): Promise<void> {
  for (let n = 0; n < topics; n += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, topics - n) }, (_, i) => `${n + i}:${round}`.padEnd(90, "-"));
    await site.soon(Promise.all(batch.map((topic) => node.adapter.subscribe?.(topic))), "subscribe() resolves");
    for (const topic of batch) node.adapter.unsubscribe?.(topic);
  }
}

/** Returns the heap in use, without garbage. */
function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  return process.memoryUsage().heapUsed;
}
