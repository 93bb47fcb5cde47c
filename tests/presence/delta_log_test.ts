import { assertEquals, assertThrows } from "@std/assert";
import { Delta } from "../../lib/presence/_delta.ts";
import { DeltaLog } from "../../lib/presence/_delta_log.ts";

/** A delta in which entries come at all of these clocks. */
function joins(from: number, to: number): Delta<string> {
  const delta = new Delta<string>(from);
  for (let clock = from + 1; clock <= to; clock++) {
    delta.join({ topic: "t", key: "k", meta: "m", replica: "a", clock });
  }
  return delta;
}

function reach(log: DeltaLog<string>, clock: number) {
  const delta = log.since(clock);
  return delta && [delta.from, delta.to];
}

Deno.test("DeltaLog.since() finds the shortest delta that reaches back to a clock", () => {
  const log = new DeltaLog<string>([2, 4]);
  assertEquals(reach(log, 0), undefined);
  for (let clock = 0; clock < 4; clock++) log.push(joins(clock, clock + 1));
  assertEquals([4, 3, 2, 1, 0].map((clock) => reach(log, clock)), [[2, 4], [2, 4], [2, 4], [0, 4], [0, 4]]);
});

Deno.test("DeltaLog lets go of what does not fit", () => {
  const log = new DeltaLog<string>([2, 4]);
  log.push(joins(0, 3));
  log.push(joins(3, 5));
  assertEquals([4, 3, 2, 0].map((clock) => reach(log, clock)), [[3, 5], [3, 5], undefined, undefined]);
  log.push(joins(5, 10));
  assertEquals(reach(log, 9), undefined);
  log.push(joins(10, 11));
  assertEquals(reach(log, 10), [10, 11]);
});

Deno.test("Delta.append() refuses what does not follow", () => {
  assertThrows(
    () => joins(0, 3).append(joins(4, 5)),
    RangeError,
    "Cannot append delta: it must begin at 3, begins at 4",
  );
});

Deno.test("Delta.append() drops what came before and goes now, and names what came earlier still", () => {
  const delta = joins(2, 4);
  const next = new Delta<string>(4);
  next.leave(3, 5);
  next.leave(1, 6);
  delta.append(next);
  const { ranges, entries } = delta.toFragment({ name: "a", vsn: "1" });
  assertEquals([ranges, entries.map(([clock]) => clock), delta.size], [[[1, 1], [3, 6]], [4], 2]);
});

Deno.test("Delta.split() gives each part the leaves that happened at its clocks", () => {
  const delta = new Delta<string>(10);
  delta.join({ topic: "t", key: "k", meta: "m", replica: "a", clock: 11 });
  delta.leave(2, 12);
  delta.join({ topic: "t", key: "k", meta: "m", replica: "a", clock: 13 });
  delta.leave(1, 14);
  const parts = delta.split(12).map((part) => [part.from, part.to, part.ranges, [...part.entries].length]);
  assertEquals(parts, [[10, 12, [[2, 2], [11, 12]], 1], [12, 14, [[1, 1], [13, 14]], 1]]);
  const [all, none] = delta.split(14);
  assertEquals([all === delta, none.isEmpty, none.from], [true, true, 14]);
});

Deno.test("Delta.reach() is the last clock whose changes fit, and at least one change", () => {
  const delta = joins(0, 5);
  const bytes = JSON.stringify([1, "t", "k", "m"]).length + 1;
  assertEquals([0, bytes, 2 * bytes, 5 * bytes].map((maxBytes) => delta.reach(maxBytes)), [1, 1, 2, 5]);
});
