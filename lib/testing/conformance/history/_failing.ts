/**
 * Cases about an engine that is away, and about what it may have lost.
 *
 * @module
 */

import { assert } from "@std/assert/assert";
import { assertEquals } from "@std/assert/equals";
import { assertNotEquals } from "@std/assert/not-equals";
import { assertRejects } from "@std/assert/rejects";
import { pause } from "../../../base/pause.ts";
import type { HistoryPage } from "../../../history/engine.ts";
import type { Position } from "../../../history/position.ts";
import { BusDownError } from "../../../pubsub/errors.ts";
import { lacks } from "../_patience.ts";
import { covers, type HistoryNode, payloadsOf } from "./_history_node.ts";
import type { HistorySite } from "./_history_site.ts";

const RETRY_MS = 20;

/** While the engine is away nothing is numbered and nothing can be read; then all that was confirmed is there, or told. */
export async function survivesKill(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("kill");
  const before = [];
  for (let n = 0; n < 10; n++) before.push(await a.publish("kill", n));
  await site.engine.kill();
  await isDown(site, a);
  await isDown(site, b);
  await site.soon(b.subscribe("late"), "subscribe() settles while the engine is down").catch(() => {});
  await site.engine.restart();
  const page = await isBack(site, b, before[0]!.offset);
  const last = before.at(-1)!;
  if (page.top.epoch !== last.epoch) assertEquals(covers(page, last), false, "What may be lost is told.");
  else assertEquals(payloadsOf(page.messages), [1, 2, 3, 4, 5, 6, 7, 8, 9], "What was confirmed survives.");
  await assertAlive(site, a, b);
}

/** An engine that comes back without its messages begins another epoch. */
export async function survivesLoss(site: HistorySite): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("kill");
  const first = await a.publish("kill", "before");
  const last = await a.publish("kill", "last");
  await site.engine.kill();
  await isDown(site, a);
  await isDown(site, b);
  await site.engine.restart({ empty: true });
  const page = await isBack(site, b, first.offset);
  assertNotEquals(page.top.epoch, last.epoch, "An engine that has lost messages begins another epoch.");
  assertEquals(page.messages, [], "Nothing of another epoch is left.");
  assertEquals((await published(site, a, "kill")).epoch, page.top.epoch);
  for (let n = 0; n < 5; n++) assertEquals((await a.publish("kill", n)).epoch, page.top.epoch);
  assertEquals(covers(await a.read("kill", last.offset), last), false, "A position of another epoch is not complete.");
  await assertAlive(site, a, b);
}

/** A silent engine is noticed: what is published rejects, what is read rejects. */
export async function survivesPause(site: HistorySite): Promise<void> {
  const { engine } = site;
  if (!engine.pause || !engine.resume) throw lacks("engine.pause");
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("kill");
  const first = await a.publish("kill", "before");
  await engine.pause();
  const [published, read] = [a.publish("kill", "unknown"), b.read("kill", 0)];
  await assertRejects(() => site.soon(published, "publish() settles although the engine is silent"));
  await assertRejects(() => site.soon(read, "read() settles although the engine is silent"));
  await isDown(site, a);
  await engine.resume();
  const page = await isBack(site, b, first.offset);
  if (page.top.epoch === first.epoch) assert(covers(page, first), "What was confirmed survives.");
  await assertAlive(site, a, b);
}

/** An engine that was stopped publishes nothing. */
export async function stopped(site: HistorySite): Promise<void> {
  const node = await site.node();
  await node.publish("stopped", 0);
  await site.soon(node.stop(), "stop() resolves");
  await assertRejects(() => node.publish("stopped", 1), BusDownError, undefined, "A stopped node does not publish.");
}

async function isDown(site: HistorySite, node: HistoryNode): Promise<void> {
  const refuses = () => node.publish("down", 0).then(() => false, (error) => error instanceof BusDownError);
  await site.until(refuses, "publish() rejects with a BusDownError while the engine is down", site.numbers.noticeMs);
  await assertRejects(() => site.soon(node.read("kill", 0), "read() rejects while the engine is down"));
}

/** Waits until the engine can be read again, and has said so. */
async function isBack(site: HistorySite, node: HistoryNode, after: number): Promise<HistoryPage> {
  let page: HistoryPage | undefined;
  const reads = async () => {
    page = await node.read("kill", after).catch(() => pause(RETRY_MS).then(() => undefined));
    return page !== undefined;
  };
  await site.until(reads, "the engine can be read again", site.numbers.backMs);
  await site.until(() => node.reconnects > 0, "onReconnect() calls its listener");
  return page!;
}

/** Topics that were subscribed before and during the outage are announced again, in the epoch that is read. */
async function assertAlive(site: HistorySite, a: HistoryNode, b: HistoryNode): Promise<void> {
  await b.subscribe("new");
  const back = await published(site, a, "kill");
  await a.publish("new", "back");
  for (const topic of ["kill", "new"]) {
    await site.until(() => payloadsOf(b.live(topic)).includes("back"), `"${topic}" is announced after an outage`);
  }
  assertEquals(b.live("kill").at(-1)!.epoch, back.epoch, "What is announced has the epoch of the engine.");
  assertEquals((await b.read("kill", undefined)).top, back, "The top is what was published last.");
}

/** Publishes until it succeeds: another node may be back a moment later. */
async function published(site: HistorySite, node: HistoryNode, topic: string): Promise<Position> {
  let position: Position | undefined;
  await site.until(async () => {
    position = await node.publish(topic, "back").catch(() => undefined);
    return position !== undefined;
  }, "publish() works again");
  return position!;
}
