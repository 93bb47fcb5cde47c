import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { PushForgottenEvent } from "@urvogel/realtime";
import { PushMemory, type PushOrigin } from "../../../lib/channel/repeats/_push_memory.ts";
import { Collected } from "../../support/telemetry.ts";

function pushOf(n: number, id: string | null = "ann", topic = "room:1"): PushOrigin {
  return { topic, id, key: `~page.${n}` };
}

Deno.test("PushMemory finds the push of a client, and of no other", () => {
  const memory = new PushMemory();
  const push = memory.add(pushOf(1));
  assertEquals(memory.find(pushOf(1)) === push, true);
  for (const other of [pushOf(2), pushOf(1, "bob"), pushOf(1, null), pushOf(1, "ann", "room:2")]) {
    assertEquals(memory.find(other), undefined);
  }
});

Deno.test("PushMemory tells clients without an id apart by the random part of their keys", () => {
  const memory = new PushMemory({ maxPushes: 1 });
  memory.add({ topic: "room:1", id: null, key: "~a.1" });
  memory.add({ topic: "room:1", id: null, key: "~b.1" });
  memory.add({ topic: "room:1", id: null, key: "~b.2" });
  const kept = ["~a.1", "~b.1", "~b.2"].map((key) => memory.find({ topic: "room:1", id: null, key }) !== undefined);
  assertEquals(kept, [true, false, true]);
});

Deno.test("PushMemory forgets the oldest push of a client with too many, and reports it", () => {
  using forgotten = new Collected<PushForgottenEvent>("urvogel:channel:push_forgotten");
  const memory = new PushMemory({ maxPushes: 2 });
  memory.add(pushOf(1)).settle("ok", {});
  memory.add(pushOf(1, "bob"));
  for (const n of [2, 3]) memory.add(pushOf(n));
  assertEquals([1, 2, 3].map((n) => memory.find(pushOf(n)) !== undefined), [false, true, true]);
  assertEquals(memory.find(pushOf(1, "bob")) !== undefined, true);
  assertEquals(forgotten.events, [{ topic: "room:1", isReplied: true }]);
});

Deno.test("PushMemory bounds the replies of a client, but keeps the last", () => {
  const memory = new PushMemory({ maxBytes: 2000 });
  for (const n of [1, 2]) memory.add(pushOf(n)).settle("ok", "x".repeat(900));
  assertEquals([1, 2].map((n) => memory.find(pushOf(n)) !== undefined), [false, true]);
  memory.add(pushOf(3)).settle("ok", "x".repeat(5000));
  assertEquals([2, 3].map((n) => memory.find(pushOf(n)) !== undefined), [false, true]);
});

Deno.test("PushMemory forgets the client that pushed least recently when there are too many", () => {
  using forgotten = new Collected<PushForgottenEvent>("urvogel:channel:push_forgotten");
  const memory = new PushMemory({ maxClients: 2 });
  for (const id of ["ann", "bob"]) memory.add(pushOf(1, id));
  memory.add(pushOf(2, "ann"));
  memory.add(pushOf(1, "eve"));
  assertEquals(["ann", "bob", "eve"].map((id) => memory.find(pushOf(1, id)) !== undefined), [true, false, true]);
  assertEquals(forgotten.events.length, 1);
});

Deno.test("PushMemory bounds the bytes of all clients, and counts them right", () => {
  const memory = new PushMemory({ maxTotalBytes: 3000 });
  for (const id of ["ann", "bob", "eve"]) memory.add(pushOf(1, id)).settle("ok", "x".repeat(1000));
  assertEquals(["ann", "bob", "eve"].map((id) => memory.find(pushOf(1, id)) !== undefined), [false, true, true]);
  assertEquals(memory.bytes, 2 * (300 + 1002));
});

Deno.test("PushMemory forgets what is five minutes old, without a report", () => {
  using time = new FakeTime();
  using forgotten = new Collected<PushForgottenEvent>("urvogel:channel:push_forgotten");
  const memory = new PushMemory();
  memory.add(pushOf(1)).settle("ok", {});
  time.tick(5 * 60_000);
  memory.add(pushOf(1, "bob"));
  assertEquals(memory.find(pushOf(1)) !== undefined, true);
  time.tick(1);
  memory.add(pushOf(2, "bob"));
  assertEquals(memory.find(pushOf(1)), undefined);
  assertEquals([memory.bytes, forgotten.events.length], [600, 0]);
});

Deno.test("PushMemory gives a copy the first reply, as it was when it was sent", () => {
  const memory = new PushMemory();
  const push = memory.add(pushOf(1));
  const replies: unknown[] = [];
  const copy = (...reply: unknown[]) => void replies.push(structuredClone(reply));
  push.begin();
  push.repeat(copy);
  const response = { n: 1 };
  push.settle("ok", response);
  response.n = 2;
  push.settle("error", {});
  push.repeat(copy);
  const bytes = memory.add(pushOf(2));
  bytes.settle("ok", Uint8Array.of(1));
  bytes.repeat(copy);
  assertEquals(replies, [["ok", { n: 1 }], ["ok", { n: 1 }], ["ok", Uint8Array.of(1)]]);
});
