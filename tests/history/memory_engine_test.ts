import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import fc from "fast-check";
import { MemoryHistory } from "../../lib/history/memory_engine.ts";
import { readRetention } from "../../lib/history/retention.ts";

const keep = readRetention({ maxMessages: 3, maxAgeMs: 1000, maxBytes: 10_000 });

function said(n: number) {
  return { event: "said", payload: { n } };
}

Deno.test("MemoryHistory.publish() numbers from 1, and announces in the same turn", () => {
  const engine = new MemoryHistory();
  const live: number[] = [];
  engine.subscribe("room", keep, ({ offset, previous }) => live.push(previous, offset));
  const first = engine.publish("room", said(1), keep);
  const second = engine.publish("room", said(2), keep);
  assertEquals([first.offset, second.offset, second.epoch], [1, 2, first.epoch]);
  assertEquals(live, [0, 1, 1, 2]);
  engine.unsubscribe("room");
  engine.publish("room", said(3), keep);
  assertEquals(live.length, 4);
});

Deno.test("MemoryHistory.read() returns what is kept, by number, age and bytes", () => {
  using time = new FakeTime();
  const engine = new MemoryHistory();
  for (let n = 1; n <= 5; n++) engine.publish("room", said(n), keep);
  const offsets = (after: number | undefined) => engine.read("room", after, keep).messages.map(({ offset }) => offset);
  assertEquals([offsets(0), offsets(4), offsets(undefined)], [[3, 4, 5], [5], []]);
  assertEquals(engine.read("room", 0, keep).completeFrom, 2);
  time.tick(1001);
  assertEquals([offsets(0), engine.read("room", 0, keep).completeFrom], [[], 5]);
  engine.publish("room", { event: "said", payload: { text: "x".repeat(20_000) } }, keep); // more than maxBytes, and the last
  engine.publish("room", said(7), keep);
  assertEquals(offsets(0), [7]);
});

Deno.test("MemoryHistory keeps what was said, not the object that said it", () => {
  const engine = new MemoryHistory();
  const payload = { text: "before" };
  const bytes = Uint8Array.of(1);
  engine.publish("room", { event: "said", payload }, keep);
  engine.publish("room", { event: "drew", payload: bytes }, keep);
  payload.text = "after";
  bytes[0] = 2;
  const kept = engine.read("room", 0, keep).messages.map(({ payload }) => payload);
  assertEquals(kept, [{ text: "before" }, Uint8Array.of(1)]);
});

Deno.test("MemoryHistory.publish() with the key of a kept message returns its position", () => {
  using time = new FakeTime();
  const engine = new MemoryHistory();
  const first = engine.publish("room", { ...said(1), key: "k" }, keep);
  engine.publish("room", said(2), keep);
  assertEquals(engine.publish("room", { ...said(1), key: "k" }, keep), first);
  time.tick(1001);
  assertNotEquals(engine.publish("room", { ...said(1), key: "k" }, keep), first);
});

Deno.test("MemoryHistory.delete() and clear() leave nothing of what was said", () => {
  const engine = new MemoryHistory();
  const positions = [1, 2, 3].map((n) =>
    engine.publish("room", { event: "said", payload: { n, pad: "x".repeat(900) } }, keep)
  );
  const before = engine.bytes;
  assert(engine.delete("room", positions[1]!));
  assertEquals(engine.delete("room", positions[1]!), false);
  assertEquals(engine.delete("room", { epoch: "other", offset: 1 }), false);
  assertEquals(engine.read("room", 0, keep).messages.map(({ offset }) => offset), [1, 3]);
  assert(engine.bytes < before - 900);
  engine.clear("room");
  assertEquals(engine.read("room", 0, keep).messages, []);
  assertEquals(engine.read("room", 0, keep).top, positions[2]!);
});

Deno.test("MemoryHistory forgets the messages of the topic that was used least recently, and keeps its numbers", () => {
  const engine = new MemoryHistory({ maxTopics: 2 });
  const a = engine.publish("a", said(1), keep);
  const b = engine.publish("b", said(1), keep);
  engine.read("a", 0, keep);
  engine.publish("c", said(1), keep); // b goes
  assertEquals(engine.topicCount, 2);
  assertEquals(engine.publish("a", said(2), keep).epoch, a.epoch);
  engine.publish("b", said(2), keep);
  const { top, completeFrom, messages } = engine.read("b", 0, keep);
  assertEquals([top, completeFrom, messages.length], [{ epoch: b.epoch, offset: 2 }, 1, 1]);
  for (let n = 0; n < 22; n++) engine.publish(`other ${n}`, said(1), keep); // 2 with messages, 20 with numbers
  assertNotEquals(engine.publish("b", said(3), keep).epoch, b.epoch);
  assertThrows(() => new MemoryHistory({ maxTopics: 0 }), RangeError, '"maxTopics"');
});

Deno.test("MemoryHistory.publish() removes what is too old of all topics, whichever of them are used", () => {
  using time = new FakeTime();
  const engine = new MemoryHistory();
  const long = readRetention({ maxAgeMs: 3_600_000 });
  engine.publish("kept for long", said(0), long);
  engine.publish("kept for long, too", said(0), long);
  const { bytes } = engine;
  for (let n = 0; n < 20; n++) engine.publish(`quiet ${n}`, said(n), keep);
  time.tick(1001);
  for (let n = 0; n < 30; n++) engine.publish("busy", said(n), keep);
  time.tick(1001);
  engine.read("busy", undefined, keep);
  assertEquals(engine.bytes, bytes);
});

Deno.test("MemoryHistory never claims to be complete when it is not", () => {
  const action = fc.oneof(
    fc.constant({ do: "publish" } as const),
    fc.record({ do: fc.constant("tick" as const), ms: fc.nat({ max: 600 }) }),
    fc.record({ do: fc.constant("read" as const), after: fc.nat({ max: 30 }) }),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
    using time = new FakeTime();
    const engine = new MemoryHistory();
    let published = 0;
    for (const act of actions) {
      if (act.do === "publish") published = engine.publish("room", said(published + 1), keep).offset;
      else if (act.do === "tick") time.tick(act.ms);
      else {
        const { top, completeFrom, messages } = engine.read("room", act.after, keep);
        assertEquals(top.offset, published);
        if (act.after < completeFrom || act.after > published) continue;
        const expected = Array.from({ length: published - act.after }, (_, i) => act.after + 1 + i);
        assertEquals(messages.map(({ payload }) => (payload as { n: number }).n), expected);
      }
    }
  }));
});
