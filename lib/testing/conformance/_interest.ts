/**
 * Cases about subscriptions to topics.
 *
 * @module
 */

import { assertEquals } from "@std/assert/equals";
import { numbersTo } from "./_delivery.ts";
import type { Site } from "./_site.ts";

const ROUNDS = 20;

/** Nothing is missed once `subscribe` has resolved. */
export async function subscribedAtOnce(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  const { races } = site.numbers;
  for (let n = 0; n < races; n++) {
    await b.subscribe(`race:${n}`);
    a.broadcast(`race:${n}`, n);
  }
  const missed = () => {
    const received = new Set(b.recorder.broadcasts.map(({ payload }) => payload));
    return numbersTo(races).filter((n) => !received.has(n));
  };
  const arrived = () => b.recorder.broadcasts.length >= races;
  await site.until(arrived, "what was sent after subscribe() has resolved arrived").catch(() => {});
  assertEquals(missed(), [], "Broadcasts that were sent after subscribe() had resolved did not arrive.");
}

/** Topics without subscribers bring nothing; without `subscribe`, all topics arrive. */
export async function unsubscribed(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("left", "kept");
  a.broadcast("left", "before");
  await site.until(() => b.received("left").length > 0, "a subscribed topic arrives");
  b.adapter.unsubscribe?.("left");
  await b.subscribe("after"); // so that the engine has dealt with the former
  await site.quiet();
  for (const topic of ["left", "never", "kept"]) a.broadcast(topic, "after");
  await site.until(() => b.received("kept").includes("after"), "a topic that was kept arrives");
  await site.quiet();
  const isSelective = b.adapter.subscribe !== undefined;
  assertEquals(b.received("left").slice(1), isSelective ? [] : ["after"], "An unsubscribed topic brings nothing.");
  assertEquals(b.received("never"), isSelective ? [] : ["after"], "A topic without subscribers brings nothing.");
}

/** A topic that was left can be joined again, at once. */
export async function resubscribed(site: Site): Promise<void> {
  const [a, b] = [await site.node(), await site.node()];
  await b.subscribe("again");
  for (let round = 0; round < ROUNDS; round++) {
    b.adapter.unsubscribe?.("again");
    await b.subscribe("again");
    a.broadcast("again", round);
    const arrived = () => b.received("again").includes(round); // before it leaves again: what is under way is lost then
    await site.until(arrived, "a topic that was joined again arrives");
  }
  await site.quiet();
  assertEquals(b.received("again"), numbersTo(ROUNDS), "A topic that was joined again brings one copy.");
}
