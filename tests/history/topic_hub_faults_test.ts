/**
 * Single faults, one after the other, where a schedule of many hides what one of them does.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { HistoryEngine, HistoryPage, Stored } from "../../lib/history/engine.ts";
import { MemoryHistory } from "../../lib/history/memory_engine.ts";
import { formatPosition } from "../../lib/history/position.ts";
import { readRetention, type Retention } from "../../lib/history/retention.ts";
import { readSince } from "../../lib/history/since.ts";
import type { Admission } from "../../lib/history/admission.ts";
import { TopicHub } from "../../lib/history/_topic_hub.ts";
import { UnreliableEngine } from "../support/unreliable_engine.ts";

/** Lets all promises that can settle do so. */
async function turn(): Promise<void> {
  for (let i = 0; i < 40; i++) await Promise.resolve();
}

/** A hub that has started, with a log of what it delivered. */
async function started(keep: Retention = readRetention({})) {
  const engine = new UnreliableEngine(keep);
  const log: string[] = [];
  const hub = new TopicHub("room", {
    engine: engine.connect(),
    keep,
    nowMs: () => Date.now(),
    retry: () => Promise.resolve(true),
    output: {
      deliver: (message) => log.push(formatPosition(message)),
      reset: (position) => log.push(`reset ${formatPosition(position)}`),
      repaired: (count) => log.push(`repaired ${count}`),
    },
  });
  void hub.start();
  await engine.heal(turn);
  return { engine, hub, log };
}

/** Says something that reaches the hub. */
async function say(engine: UnreliableEngine, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) engine.publish();
  await engine.heal(turn);
}

function admit(hub: TopicHub, since: string | undefined): Admission[] {
  const given: Admission[] = [];
  void hub.admit(readSince(since), (admission) => given.push(admission));
  return given;
}

Deno.test("TopicHub.start() finds out where the topic stands once it is subscribed, not before", async () => {
  const { promise: subscribed, resolve } = Promise.withResolvers<void>();
  class SlowToSubscribe extends MemoryHistory {
    override subscribe() { // and announces nothing meanwhile
      return subscribed;
    }
  }
  const [engine, keep] = [new SlowToSubscribe(), readRetention({})];
  const output = { deliver() {}, reset() {}, repaired() {} };
  const parts = { engine, keep, output, nowMs: () => Date.now(), retry: () => Promise.resolve(true) };
  const hub = new TopicHub("room", parts);
  void hub.start();
  await turn();
  const position = await engine.publish("room", { event: "said", payload: {} }, keep);
  resolve();
  await turn();
  assertEquals(hub.position, position);
});

Deno.test("TopicHub.admit() reads anew for a member that knows more than a read that was under way", async () => {
  const { engine, hub } = await started();
  const start = formatPosition(engine.top);
  await say(engine, 20); // the tail holds 8
  const first = admit(hub, start);
  await turn();
  engine.publish();
  engine.lose(); // this node does not know it yet
  const second = admit(hub, formatPosition(engine.top)); // it comes from another node
  await engine.heal(turn);
  assertEquals(first.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 20]]);
  assertEquals(second.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 0]]);
});

Deno.test("TopicHub.admit() asks the engine about an epoch that this node does not know", async () => {
  const { engine, hub, log } = await started();
  await say(engine);
  engine.restart();
  const known = formatPosition(engine.top); // a member got it from another node
  const given = admit(hub, known);
  await engine.heal(turn);
  assertEquals(given.map(({ recovered }) => recovered), [true]);
  assertEquals(log.at(-1), `reset ${known}`); // the members that are here were told
});

Deno.test("TopicHub.admit() asks the engine once about an epoch that never was", async () => {
  const { engine, hub } = await started();
  await say(engine);
  const { reads } = engine;
  const given = admit(hub, "other:1");
  await engine.heal(turn);
  assertEquals([given.map(({ recovered }) => recovered), engine.reads - reads], [[false], 1]);
});

Deno.test("TopicHub keeps a message that is ahead of what a copy of the engine knows, and delivers it once", async () => {
  const { engine, log } = await started();
  await say(engine);
  engine.publish();
  engine.publish();
  engine.lose(); // 2
  engine.behind();
  engine.announce(); // 3, before 2; the read does not have it
  await engine.heal(turn); // nothing else is said
  assertEquals(log, ["e1:1", "e1:2", "repaired 1", "e1:3"]);
});

Deno.test("TopicHub reads again when a copy of the engine lacks what is before a message that it has", async () => {
  const { engine, log } = await started();
  await say(engine);
  for (let i = 0; i < 3; i++) engine.publish();
  engine.lose(); // 2
  engine.lose(); // 3
  engine.behind(); // the read ends with 3
  engine.announce(); // 4
  await engine.heal(turn);
  assertEquals(log.filter((line) => !line.startsWith("repaired")), ["e1:1", "e1:2", "e1:3", "e1:4"]);
});

Deno.test("TopicHub delivers what came during a read after it, and what the read had only once", async () => {
  const { engine, log } = await started();
  await say(engine);
  engine.publish();
  engine.publish();
  engine.lose(); // 2
  engine.announce(); // 3: a read begins
  await turn();
  engine.publish(); // 4, during the read
  engine.announce();
  await engine.heal(turn);
  assertEquals(log.filter((line) => !line.startsWith("repaired")), ["e1:1", "e1:2", "e1:3", "e1:4"]);
});

Deno.test("TopicHub lets go of messages of an epoch that has ended", async () => {
  const { engine, hub, log } = await started();
  await say(engine);
  engine.publish();
  engine.publish();
  engine.lose(); // 2
  engine.restart();
  engine.announce(); // 3 of the old epoch
  await engine.heal(turn);
  engine.publish();
  await engine.heal(turn);
  assertEquals(log, ["e1:1", "reset e2:0", "e2:1"]);
  assertEquals(hub.position, engine.top);
});

Deno.test("TopicHub reads again until the engine's copy has what is before a message", async () => {
  const { engine, log } = await started();
  await say(engine);
  for (let i = 0; i < 3; i++) engine.publish();
  engine.lose(); // 2
  engine.lose(); // 3
  engine.behind();
  engine.behind(); // the read ends with 2
  engine.announce(); // 4
  await engine.heal(turn); // nothing else is said
  assertEquals(log.filter((line) => !line.startsWith("repaired")), ["e1:1", "e1:2", "e1:3", "e1:4"]);
});

Deno.test("TopicHub.admit() reads again if the engine's copy does not know the member's position yet", async () => {
  const { engine, hub } = await started();
  await say(engine, 20); // the tail holds 8
  for (let i = 0; i < 10; i++) engine.behind();
  const given = admit(hub, "e1:11");
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 9]]);
});

Deno.test("TopicHub.admit() reads again if more comes during the read than the tail holds", async () => {
  const { engine, hub } = await started();
  const start = formatPosition(engine.top);
  await say(engine, 20);
  const given = admit(hub, start);
  await turn();
  for (let i = 0; i < 20; i++) {
    engine.publish();
    engine.announce();
  }
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 40]]);
});

Deno.test("TopicHub delivers all of what comes during a read, however much it is", async () => {
  const { engine, log } = await started(readRetention({ maxMessages: 10_000 }));
  engine.publish();
  engine.publish();
  engine.lose();
  engine.announce(); // a read begins
  await turn();
  for (let i = 0; i < 2000; i++) {
    engine.publish();
    engine.announce();
  }
  await engine.heal(turn);
  assertEquals(log.filter((line) => !line.startsWith("repaired")).length, 2002);
});

Deno.test("TopicHub.admit() does not give out of its tail what is too old to be kept", async () => {
  using time = new FakeTime();
  const { engine, hub } = await started(readRetention({ maxAgeMs: 1000 }));
  const start = formatPosition(engine.top);
  await say(engine);
  time.tick(1500);
  const given = admit(hub, start);
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed]), [[false, []]]);
});

Deno.test("TopicHub does not read because a message came twice", async () => {
  const { engine, log } = await started();
  engine.publish();
  const { reads } = engine;
  engine.repeat();
  await engine.heal(turn);
  assertEquals([log, engine.reads], [["e1:1"], reads]);
});

Deno.test("TopicHub goes on behind messages that were deleted, without another read", () => {
  const stored = (offset: number): Stored => ({
    epoch: "e",
    offset,
    previous: offset - 1,
    event: "said",
    payload: {},
    atMs: Date.now(),
  });
  let announce: (message: Stored) => void = () => {};
  let reads = 0;
  class Deleting extends MemoryHistory {
    override subscribe(...[, , live]: Parameters<HistoryEngine["subscribe"]>): void {
      announce = live;
    }
    override read(): HistoryPage {
      reads++;
      return {
        top: { epoch: "e", offset: reads === 1 ? 0 : 3 },
        completeFrom: 0,
        messages: [stored(1)].slice(2 - reads),
      };
    }
  }
  const log: number[] = [];
  const hub = new TopicHub("room", {
    engine: new Deleting(),
    keep: readRetention({}),
    nowMs: Date.now,
    retry: () => Promise.resolve(true),
    output: { deliver: ({ offset }) => log.push(offset), reset: () => log.push(-1), repaired: () => {} },
  });
  void hub.start();
  announce(stored(3)); // 2 and 3 are deleted by the time of the read
  announce(stored(4));
  assertEquals([log, reads, hub.position], [[1, 4], 2, { epoch: "e", offset: 4 }]);
});

Deno.test("TopicHub.forget() does not take the message of another epoch that has the same number", async () => {
  const { engine, hub } = await started();
  const start = formatPosition(engine.top);
  await say(engine, 3);
  hub.forget({ epoch: "ended", offset: 2 });
  assertEquals(admit(hub, start).map(({ missed }) => missed.map(({ offset }) => offset)), [[1, 2, 3]]);
});

Deno.test("TopicHub.forget() takes a message out of the pages that are read meanwhile", async () => {
  const { engine, hub, log } = await started();
  const start = formatPosition(engine.top);
  await say(engine, 20); // the tail holds 8
  const { epoch } = engine.top;
  const given = admit(hub, start);
  hub.forget({ epoch, offset: 2 });
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 19]]);
  for (let i = 0; i < 3; i++) engine.publish();
  engine.reconnect();
  void hub.repair();
  hub.forget({ epoch, offset: 22 });
  await engine.heal(turn);
  assertEquals(log.slice(-3), [`${epoch}:21`, `${epoch}:23`, "repaired 2"]);
  assertEquals(admit(hub, `${epoch}:20`).map(({ missed }) => missed.map(({ offset }) => offset)), [[21, 23]]);
});

Deno.test("TopicHub.forget() of all messages has a page read anew", async () => {
  const { engine, hub } = await started();
  const start = formatPosition(engine.top);
  await say(engine, 20);
  const given = admit(hub, start);
  engine.clear();
  hub.forget(undefined);
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed.length]), [[true, 0]]);
});

Deno.test("TopicHub.forget() of a message that is still on its way here has nobody get it later", async () => {
  const { engine, hub, log } = await started();
  await say(engine);
  const start = formatPosition(engine.top);
  engine.publish();
  hub.forget(engine.deleteLast());
  await engine.heal(turn); // it arrives
  assertEquals(admit(hub, start).map(({ recovered, missed }) => [recovered, missed]), [[true, []]]);
  await say(engine);
  assertEquals(admit(hub, start).map(({ missed }) => missed.map(({ offset }) => offset)), [[3]]);
  assertEquals(log, ["e1:1", "e1:3"]);
});

Deno.test("TopicHub.forget() of a message that came during a read has nobody get it later", async () => {
  const { engine, hub, log } = await started();
  const start = formatPosition(engine.top);
  engine.publish();
  engine.publish();
  engine.lose(); // 1
  engine.announce(); // 2: a read begins
  await turn();
  engine.publish();
  engine.announce(); // 3 is held
  hub.forget(engine.deleteLast());
  await engine.heal(turn);
  assertEquals(hub.position, engine.top);
  assertEquals(admit(hub, start).map(({ missed }) => missed.map(({ offset }) => offset)), [[1, 2]]);
  assertEquals(log, ["e1:1", "e1:2", "repaired 2"]);
});

Deno.test("TopicHub.forget() of a message that a copy of the engine does not know yet has nobody get it later", async () => {
  const { engine, hub, log } = await started();
  await say(engine);
  engine.publish();
  engine.publish();
  engine.lose(); // 2
  engine.behind();
  engine.announce(); // 3: a read begins, which ends with 2
  await turn();
  hub.forget(engine.deleteLast());
  await engine.heal(turn);
  assertEquals(hub.position, engine.top);
  assertEquals(admit(hub, "e1:2").map(({ missed }) => missed), [[]]);
  assertEquals(log, ["e1:1", "e1:2", "repaired 1"]);
});

Deno.test("TopicHub.forget() of all messages has nobody get those that are still on their way here", async () => {
  const { engine, hub } = await started();
  const start = formatPosition(engine.top);
  for (let i = 0; i < 3; i++) engine.publish();
  engine.clear();
  hub.forget(undefined);
  await engine.heal(turn);
  assertEquals(hub.position, engine.top);
  const given = admit(hub, start);
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed]), [[true, []]]);
});

Deno.test("TopicHub.forget() before the start has nobody get the message later", async () => {
  const engine = new UnreliableEngine(readRetention({}));
  const hub = new TopicHub("room", {
    engine: engine.connect(),
    keep: readRetention({}),
    nowMs: () => Date.now(),
    retry: () => Promise.resolve(true),
    output: { deliver() {}, reset() {}, repaired() {} },
  });
  void hub.start();
  await turn(); // it reads
  const start = formatPosition(engine.top);
  engine.publish();
  engine.announce();
  hub.forget(engine.deleteLast());
  await engine.heal(turn);
  assertEquals(hub.position, engine.top);
  const given = admit(hub, start);
  await engine.heal(turn);
  assertEquals(given.map(({ recovered, missed }) => [recovered, missed]), [[true, []]]);
});
