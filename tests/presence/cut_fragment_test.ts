import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Cut, cutFragment, type Piece, type Source } from "../../lib/presence/_cut_fragment.ts";
import type { Entry } from "../../lib/presence/_entry.ts";

const replica = { name: "a", vsn: "1" };

function entry(clock: number): Entry<object> {
  return { topic: "t", key: "k", meta: {}, replica: "1 a", clock };
}

const source: Source<object> = { replica, ranges: [[2, 2], [5, 12]], entries: [11, 6, 9, 2, 10].map(entry) };

/** All pieces, and how large they are. */
function pieces(source: Source<object>, { rest, ...cut }: Cut) {
  const found: Piece<object>["fragment"][] = [];
  for (let left: Cut["rest"] | null = rest; left;) {
    const piece: Piece<object> = cutFragment(source, { rest: left, ...cut });
    assert(piece.rest === null || (piece.rest[0] > left[0] && piece.rest[1] === left[1]), "it does not advance");
    found.push(piece.fragment);
    left = piece.rest;
  }
  return found;
}

Deno.test("cutFragment() returns all of it if it fits, with clocks for what the receiver has", () => {
  const [all, ...others] = pieces(source, { rest: [0, 12], clock: 6, maxBytes: 1000 });
  const entries = [9, 10, 11].map((clock) => [clock, "t", "k", {}] as const);
  assertEquals([all, others], [{ replica, ranges: [[2, 2], [5, 12]], entries, known: [2, 6] }, []]);
});

Deno.test("cutFragment() returns what is left, up to a clock, in the order of the clocks", () => {
  const parts = pieces(source, { rest: [5, 10], clock: 0, maxBytes: 30 });
  assertEquals(parts.map(({ ranges, entries }) => [ranges, entries.map(([clock]) => clock)]), [
    [[[6, 8]], [6]],
    [[[9, 9]], [9]],
    [[[10, 10]], [10]],
  ]);
});

const clocks = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 30 });

Deno.test("cutFragment() covers each clock once and mentions each entry once, whatever fits", () => {
  fc.assert(fc.property(clocks, fc.nat(60), fc.integer({ min: 1, max: 200 }), (found, clock, maxBytes) => {
    const ranges = [[1, 20], [25, 60]] as const;
    const covered = found.filter((clock) => clock <= 20 || clock >= 25);
    const parts = pieces({ replica, ranges, entries: covered.map(entry) }, { rest: [0, 60], clock, maxBytes });
    const mentioned = parts.flatMap(({ entries, known }) => [...known, ...entries.map(([clock]) => clock)]);
    assertEquals(mentioned, covered.toSorted((a, b) => a - b));
    const all = parts.flatMap(({ ranges }) => ranges).flatMap(([first, last]) => {
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    assertEquals(all, [...Array(60).keys()].map((i) => i + 1).filter((clock) => clock <= 20 || clock >= 25));
    for (const { entries, known, ranges } of parts) {
      const bytes = JSON.stringify([entries, known, ranges]).length;
      assert(entries.length + known.length <= 1 || bytes <= maxBytes + 20, `${bytes} > ${maxBytes}`);
    }
  }));
});
