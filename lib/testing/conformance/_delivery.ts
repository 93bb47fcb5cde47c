/**
 * Cases about whom a broadcast reaches, how often, and in which order.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { nextTurn } from "../../base/pause.ts";
import { spawn } from "../../otp/process/spawn.ts";
import type { Broadcast } from "../../pubsub/broadcast.ts";
import type { Site } from "./_site.ts";
import type { TestNode } from "./_test_node.ts";

const COPIES = 100;
const BURST = 100;

/** A node's own broadcasts, delivered by its PubSub, do not come back over the bus. */
export async function noEcho(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await a.subscribe("echo");
  await b.subscribe("echo");
  const pubsub = a.pubsub();
  const delivered: unknown[] = [];
  const listener = spawn<Broadcast>(async (mailbox) => {
    for await (const { payload } of mailbox) delivered.push(payload);
  });
  pubsub.subscribe("echo", listener);
  try {
    for (let n = 0; n < COPIES; n++) pubsub.broadcast("echo", "own", n);
    await site.until(() => b.received("echo").length >= COPIES, "the other node received all broadcasts");
    b.broadcast("echo", "reply");
    await site.until(() => delivered.includes("reply"), "a broadcast of the other node was delivered");
    await site.quiet();
  } finally {
    listener.exit("shutdown");
    await pubsub.stop();
  }
  assertEquals(
    delivered,
    [...numbersTo(COPIES), "reply"],
    "A node delivers its own broadcasts once, when it sends them.",
  );
}

/** Each other node that has subscribed receives one copy. */
export async function oneCopy(site: Site): Promise<void> {
  const [a, b, c] = [await site.node(), await site.node(), await site.node()];
  for (const node of [a, b, c]) await node.subscribe("copies");
  for (let n = 0; n < COPIES; n++) a.broadcast("copies", n);
  for (const [name, node] of Object.entries({ second: b, third: c })) {
    await site.until(() => new Set(node.received("copies")).size >= COPIES, `the ${name} node received all broadcasts`);
  }
  await site.quiet();
  for (const node of [b, c]) {
    const received = node.received("copies", a).map(Number).sort((x, y) => x - y);
    assertEquals(received, numbersTo(COPIES), "Each other node receives one copy of each broadcast.");
  }
}

/** The broadcasts of one node to one topic stay in order while the receiver is busy. */
export async function inOrder(site: Site): Promise<void> {
  const [a, b, c] = [await site.node(), await site.node(), await site.node()];
  const topics = ["order:0", "order:1", "order:2"];
  await c.subscribe(...topics);
  c.recorder.onReceive = stallOnce(site.numbers.stallMs);
  const expected = new Map<string, number[]>();
  const send = (from: TestNode, n: number) => {
    const topic = topics[n % topics.length]!;
    from.broadcast(topic, n);
    const key = `${from.name} ${topic}`;
    expected.set(key, [...expected.get(key) ?? [], n]);
  };
  for (let n = 0; n < site.numbers.orderedBroadcasts; n++) {
    send(n % 5 === 0 ? b : a, n);
    if (n % BURST === 0) await nextTurn();
  }
  await site.until(() => c.recorder.broadcasts.length >= site.numbers.orderedBroadcasts, "all broadcasts arrived");
  for (const from of [a, b]) {
    for (const topic of topics) {
      const sent = expected.get(`${from.name} ${topic}`) ?? [];
      assertEquals(c.received(topic, from), sent, "The broadcasts of one node to one topic stay in order.");
    }
  }
}

/** `directBroadcast` reaches the node of this name, subscribed or not, and nobody else. */
export async function directToOne(site: Site): Promise<void> {
  const [a, b, c] = [await site.node(), await site.node(), await site.node()];
  await c.subscribe("direct");
  a.direct(b.name, "direct", 1);
  a.direct(c.name, "direct", 2);
  a.direct("nobody-has-this-name", "direct", 3);
  a.direct(b.name, "direct", 4);
  await site.until(() => b.received("direct").includes(4), "a node received what was sent to it, unsubscribed");
  await site.until(() => c.received("direct").includes(2), "a node received what was sent to it, subscribed");
  await site.quiet();
  assertEquals(
    [b.received("direct"), c.received("direct"), a.received("direct")],
    [[1, 4], [2], []],
    "directBroadcast() sends one copy to one node.",
  );
}

/** Control messages reach all nodes, subscribed or not. */
export async function controlToAll(site: Site): Promise<void> {
  const [a, b, c] = [await site.node(), await site.node(), await site.node()];
  await c.subscribe("users:1", "urvogel:conformance");
  a.broadcast("users:1", "socket", "disconnect");
  a.broadcast("urvogel:conformance", "library");
  for (const node of [b, c]) {
    await site.until(() => node.received("users:1").length > 0, `all nodes receive the event "disconnect"`);
    await site.until(() => node.received("urvogel:conformance").length > 0, `all nodes receive topics of "urvogel:"`);
  }
  await site.quiet();
  for (const node of [b, c]) {
    const received = [node.received("users:1"), node.received("urvogel:conformance")];
    assertEquals(received, [["socket"], ["library"]], "Each node receives one copy of a control message.");
  }
}

/** Returns 0, 1, ... up to, but not including, `end`. */
export function numbersTo(end: number): number[] {
  return Array.from({ length: end }, (_, n) => n);
}

/** Blocks the thread of a receiver once, as a program does that computes. */
function stallOnce(stallMs: number): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    for (const end = performance.now() + stallMs; performance.now() < end;);
  };
}
