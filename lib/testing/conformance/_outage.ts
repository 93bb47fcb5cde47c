/**
 * Cases about an engine that is away: not there yet, killed, or silent.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { assertThrows } from "@std/assert/throws";
import type { MaybePromise } from "../../base/maybe_promise.ts";
import { attempt } from "../../base/attempt.ts";
import { pause } from "../../base/pause.ts";
import { CONTROL_PREFIX } from "../../pubsub/adapter.ts";
import { BusDownError } from "../../pubsub/errors.ts";
import { lacks } from "./_patience.ts";
import type { Site } from "./_site.ts";
import type { TestNode } from "./_test_node.ts";
import { Traffic } from "./_traffic.ts";

const SUBSCRIBED_MS = 1000;
const AFTERWARDS = 30;

/** A node starts before its engine, and waits for it. */
export async function startsBeforeEngine(site: Site): Promise<void> {
  const engine = site.need("engine");
  await engine.kill();
  const [a, b] = [site.create(), site.create()];
  let isStarted = false;
  const started = Promise.all([a.start(), b.start()]).then(() => isStarted = true);
  started.catch(() => {}); // awaited below
  await pause(site.numbers.quietMs);
  assertEquals(isStarted, false, "start() must not resolve before the engine is there.");
  assertDown(a);
  await site.soon(b.subscribe("early"), "subscribe() resolves while the engine is down", SUBSCRIBED_MS);
  await engine.restart();
  await site.soon(started, "start() resolves once the engine is there", site.numbers.backMs);
  assertEquals([a.adapter.isConnected, b.adapter.isConnected], [true, true], "Started nodes are connected.");
  a.broadcast("early", 1);
  await site.until(() => b.received("early").length > 0, "a topic that was subscribed before is alive");
}

/** A node notices that its engine was killed, refuses to broadcast, and is back soon after it. */
export async function survivesKill(site: Site): Promise<void> {
  const engine = site.need("engine");
  const { receiver, sentBefore } = await survives(site, { begin: () => engine.kill(), end: () => engine.restart() });
  const late = receivedAfterUp(receiver).filter((n) => sentBefore.has(n));
  assertEquals(late, [], "Broadcasts from before an outage must not arrive after it.");
}

/** The same with an engine that no longer responds, but keeps its connections. */
export async function survivesPause(site: Site): Promise<void> {
  const engine = site.need("engine");
  if (!engine.pause || !engine.resume) throw lacks("engine.pause");
  await survives(site, { begin: () => engine.pause?.(), end: () => engine.resume?.() });
}

/** An engine that comes back without anything that it stored is used as before. */
export async function survivesLoss(site: Site): Promise<void> {
  const engine = site.need("engine");
  const [sender, receiver] = [await site.node(), await site.node()];
  await receiver.subscribe("kept");
  await engine.kill();
  await bothAre("down", site, sender, receiver);
  await engine.restart({ empty: true });
  await bothAre("up", site, sender, receiver);
  sender.broadcast("kept", 1);
  sender.direct(receiver.name, "direct", 2);
  await site.until(() => receiver.received("kept").length > 0, "a topic is alive after its engine came back empty");
  await site.until(() => receiver.received("direct").length > 0, "directBroadcast() works after its engine came back");
}

interface Outage {
  begin(): MaybePromise<void>;
  end(): MaybePromise<void>;
}

interface Survived {
  readonly receiver: TestNode;
  /** What was accepted before the outage was noticed. */
  readonly sentBefore: ReadonlySet<unknown>;
}

async function survives(site: Site, outage: Outage): Promise<Survived> {
  const [sender, receiver] = [await site.node(), await site.node()];
  await receiver.subscribe("steady", "left");
  await using traffic = new Traffic(sender, "steady");
  await site.until(() => receiver.received("steady").length > 0, "broadcasts arrive before the outage");
  await outage.begin();
  const confirmable = traffic.accepted.length;
  attempt(() => receiver.broadcast(`${CONTROL_PREFIX}conformance`, 0), () => {}); // down already, if that was noticed
  await bothAre("down", site, sender, receiver);
  const sentBefore = new Set<unknown>(traffic.accepted);
  await assertReported(site, sentBefore.size - confirmable, sender, receiver);
  assertDown(sender);
  await site.soon(receiver.subscribe("late"), "subscribe() resolves while the engine is down", SUBSCRIBED_MS);
  receiver.adapter.unsubscribe?.("left");
  await site.quiet();
  assertEquals(traffic.accepted.length, sentBefore.size, "broadcast() throws for as long as the engine is down.");
  await outage.end();
  await bothAre("up", site, sender, receiver);
  await assertAlive(site, sender, receiver, traffic);
  return { receiver, sentBefore };
}

async function bothAre(status: "up" | "down", site: Site, ...nodes: readonly TestNode[]): Promise<void> {
  const isUp = status === "up";
  await site.until(
    () => nodes.every(({ adapter }) => adapter.isConnected === isUp),
    isUp ? "isConnected is true soon after the engine is back" : "isConnected is false soon after the engine is gone",
    isUp ? site.numbers.backMs : site.numbers.noticeMs,
  );
  await site.until(
    () => nodes.every(({ recorder }) => recorder.status === status),
    `changed() reports that the connection is ${status}`,
  );
}

function assertDown(node: TestNode): void {
  assertEquals(node.adapter.isConnected, false, "isConnected is false while the engine is down.");
  assertThrows(
    () => node.broadcast("down", 0),
    BusDownError,
    undefined,
    "broadcast() throws while the engine is down.",
  );
  assertThrows(() => node.direct("somebody", "down", 0), BusDownError, undefined, "directBroadcast() throws as well.");
}

/** What was sent to an engine that is gone is counted, and the library's own messages are not: they are sent again. */
async function assertReported(site: Site, lost: number, sender: TestNode, receiver: TestNode): Promise<void> {
  await site.until(
    () => sender.recorder.unconfirmed >= lost,
    `noticed() reports the ${lost} broadcasts or more that broadcast() accepted and the engine did not confirm`,
  );
  assertEquals(receiver.recorder.unconfirmed, 0, "noticed() does not count broadcasts that are isRepeated().");
}

/** All topics arrive again, those of the outage too; nothing twice, in the wrong order, or that was refused. */
async function assertAlive(site: Site, sender: TestNode, receiver: TestNode, traffic: Traffic): Promise<void> {
  const first = traffic.send();
  for (let n = 0; n < AFTERWARDS; n++) {
    traffic.send();
    sender.broadcast("late", n);
  }
  sender.broadcast("left", 0);
  const last = traffic.send();
  await traffic.stop();
  await site.until(() => receiver.received("late").includes(AFTERWARDS - 1), "a topic subscribed during an outage");
  await site.until(() => receiver.received("steady").includes(last), "a topic subscribed before an outage");
  await site.quiet();
  const received = receiver.received("steady").map(Number);
  const inOrder = [...new Set(received)].sort((a, b) => a - b);
  assertEquals(received, inOrder, "Broadcasts arrive once and in order, also around an outage.");
  const isSelective = receiver.adapter.subscribe !== undefined;
  assertEquals(receiver.received("left"), isSelective ? [] : [0], "A topic left during an outage brings nothing.");
  const refused = new Set(traffic.refused);
  assertEquals(received.filter((n) => refused.has(n)), [], "A broadcast that was refused is delivered nowhere.");
  const expected = traffic.accepted.filter((n) => n >= first);
  assertEquals(received.filter((n) => n >= first), expected, "Everything arrives after an outage.");
}

/** Returns what was received of the steady topic since the connection is back. */
function receivedAfterUp({ recorder: { log } }: TestNode): unknown[] {
  const up = log.findLastIndex((entry) => entry.kind === "change" && "status" in entry.change);
  const after = log.slice(up).flatMap((entry) => entry.kind === "broadcast" ? [entry.broadcast] : []);
  return after.filter(({ topic }) => topic === "steady").map(({ payload }) => payload);
}
