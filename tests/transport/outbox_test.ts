import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { SlowReaderPolicy } from "@urvogel/realtime";
import { type Lane, Outbox } from "../../lib/transport/outbox.ts";

function laneOf(slowReader: SlowReaderPolicy): Lane {
  return { topic: "room:a", slowReader };
}

function takeAll(outbox: Outbox): unknown[] {
  const taken: unknown[] = [];
  for (let frame = outbox.take(); frame !== undefined; frame = outbox.take()) taken.push(frame);
  return taken;
}

Deno.test("Outbox.take() gives frames in the order of put(), and bytes counts them", () => {
  const outbox = new Outbox();
  assert(outbox.isEmpty);
  outbox.put("é");
  outbox.put(new Uint8Array(5));
  outbox.put("abc");
  assertEquals(outbox.bytes, 10);
  assertEquals(outbox.take(), "é");
  assertEquals(outbox.bytes, 8);
  outbox.put("d");
  assertEquals(takeAll(outbox), [new Uint8Array(5), "abc", "d"]);
  assertEquals(outbox.bytes, 0);
  assert(outbox.isEmpty);
});

Deno.test("Outbox.put() drops nothing of a lane that waits, and nothing without a lane", () => {
  const outbox = new Outbox();
  const lane = laneOf({ policy: "close" });
  for (let n = 0; n < 100; n++) {
    assertEquals(outbox.put("x".repeat(1000), lane), undefined);
    assertEquals(outbox.put("x".repeat(1000)), undefined);
  }
  assertEquals(outbox.bytes, 200_000);
});

Deno.test("Outbox.put() drops the oldest of its lane to make room", () => {
  const outbox = new Outbox();
  const lane = laneOf({ policy: "dropOldest", maxWaitingBytes: 4 });
  const other = laneOf({ policy: "dropOldest", maxWaitingBytes: 4 });
  outbox.put("mine");
  for (const frame of ["a1", "a2"]) assertEquals(outbox.put(frame, lane), undefined);
  assertEquals(outbox.put("b1", other), undefined);
  assertEquals(outbox.put("a3", lane), { frames: 1, bytes: 2 });
  assertEquals(outbox.put("a4+5", lane), { frames: 2, bytes: 4 });
  assertEquals(takeAll(outbox), ["mine", "b1", "a4+5"]);
});

Deno.test("Outbox.put() drops what is newest of its lane when there is no room", () => {
  const outbox = new Outbox();
  const lane = laneOf({ policy: "dropNewest", maxWaitingBytes: 4 });
  for (const frame of ["a1", "a2"]) assertEquals(outbox.put(frame, lane), undefined);
  assertEquals(outbox.put("a3", lane), { frames: 1, bytes: 2 });
  assertEquals(outbox.take(), "a1");
  assertEquals(outbox.put("a4", lane), undefined);
  assertEquals(takeAll(outbox), ["a2", "a4"]);
});

Deno.test.each(["dropOldest", "dropNewest"] as const)("Outbox.put() lets one frame of any size wait: %s", (policy) => {
  const outbox = new Outbox();
  outbox.put("larger than it may be", laneOf({ policy, maxWaitingBytes: 1 }));
  assertEquals(takeAll(outbox), ["larger than it may be"]);
});

Deno.test("Outbox does what a list with filters does", () => {
  const policies: readonly SlowReaderPolicy[] = [
    { policy: "close" },
    { policy: "dropOldest", maxWaitingBytes: 7 },
    { policy: "dropNewest", maxWaitingBytes: 7 },
  ];
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.record({ lane: fc.nat(4), size: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.constant("take" as const) },
    { weight: 1, arbitrary: fc.constant("take all, put two back" as const) },
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
    const lanes = [undefined, ...policies.map(laneOf), laneOf(policies[1]!)];
    const outbox = new Outbox();
    let model: { frame: string; lane: Lane | undefined }[] = [];
    for (const [n, todo] of steps.entries()) {
      if (todo === "take") {
        assertStrictEquals(outbox.take(), model.shift()?.frame);
      } else if (typeof todo === "string") {
        const all = model.map(({ frame }) => frame);
        assertEquals(outbox.takeAll(), all);
        outbox.put("late", lanes[1]);
        outbox.putBack(all.slice(-2));
        model = [...model.slice(-2).map(({ frame }) => ({ frame, lane: undefined })), {
          frame: "late",
          lane: lanes[1],
        }];
      } else {
        const lane = lanes[todo.lane];
        const frame = String.fromCharCode(65 + n % 26).repeat(todo.size);
        outbox.put(frame, lane);
        model = put(model, frame, lane);
      }
      assertStrictEquals(outbox.bytes, model.reduce((sum, { frame }) => sum + frame.length, 0));
      assertEquals(outbox.isEmpty, model.length === 0);
    }
    assertEquals(takeAll(outbox), model.map(({ frame }) => frame));
  }));
});

type Model = { frame: string; lane: Lane | undefined }[];

function put(model: Model, frame: string, lane: Lane | undefined): Model {
  if (lane === undefined || lane.slowReader.policy === "close") return [...model, { frame, lane }];
  const { policy, maxWaitingBytes } = lane.slowReader;
  const fits = (waiting: Model) => {
    const mine = waiting.filter((entry) => entry.lane === lane);
    return mine.length === 0 || mine.reduce((sum, entry) => sum + entry.frame.length, frame.length) <= maxWaitingBytes;
  };
  if (policy === "dropNewest") return fits(model) ? [...model, { frame, lane }] : model;
  let left = model;
  while (!fits(left)) left = left.toSpliced(left.findIndex((entry) => entry.lane === lane), 1);
  return [...left, { frame, lane }];
}
