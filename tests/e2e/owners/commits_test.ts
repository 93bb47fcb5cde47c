import { assertEquals, assertMatch } from "@std/assert";
import { type Acknowledged, faultsOf, type LogEntry, ownerIn, refusals } from "./commits.ts";

type Row = readonly [kind: "load" | "save", node: string, token: number, n?: number, isAccepted?: boolean];

/** A log of one key; the write of number `n` is `w<n>`. */
function logOf(...rows: readonly Row[]): LogEntry[] {
  return rows.map(([kind, node, token, n, isAccepted = true]) => {
    const count = n === undefined ? {} : { count: { n, id: `w${n}` } };
    return { kind, key: "k", node, token: BigInt(token), isAccepted, ...count };
  });
}

const HANDED_OVER: readonly Row[] = [
  ["load", "a", 1],
  ["save", "a", 1, 1],
  ["save", "a", 1, 2],
  ["load", "b", 5],
  ["save", "a", 1, 3, false],
  ["save", "b", 5, 3],
];
const acknowledged = (n: number): Acknowledged => ({ key: "k", id: `w${n}`, n });

Deno.test("faultsOf() finds none when an owner goes on where the one before it ended", () => {
  assertEquals(faultsOf(logOf(...HANDED_OVER), [1, 2, 3].map(acknowledged)), []);
  assertEquals(refusals(logOf(...HANDED_OVER)), ["save of k by a with 1: 3, w3"]);
});

const BROKEN: readonly (readonly [what: string, rows: readonly Row[], acks: readonly number[], expected: RegExp])[] = [
  ["a lost write", HANDED_OVER, [4], /w4 of k was acknowledged as 4, and committed as nothing/],
  ["a write of a refused owner that was acknowledged", HANDED_OVER.slice(0, 5), [3], /committed as nothing/],
  ["a former owner that was accepted", [...HANDED_OVER, ["save", "a", 1, 4]], [], /former owner was accepted/],
  ["an owner that began with too little", [...HANDED_OVER, ["load", "c", 6], ["save", "c", 6, 1]], [], /after 3 came/],
  ["a write that was committed twice", [["save", "a", 1, 1], ["save", "a", 1, 1]], [], /w1 of k was committed twice/],
  ["two nodes with one token", [["load", "a", 1], ["load", "b", 1]], [], /two nodes have one token/],
];
for (const [what, rows, acks, expected] of BROKEN) {
  Deno.test(`faultsOf() finds ${what}`, () => {
    assertMatch(faultsOf(logOf(...rows), acks.map(acknowledged)).join("\n"), expected);
  });
}

Deno.test("ownerIn() returns the node that the store accepted last", () => {
  assertEquals(ownerIn(logOf(...HANDED_OVER.slice(0, 5)), "k"), "b");
  assertEquals(ownerIn([], "k"), undefined);
});
