import { assert, assertEquals, assertMatch, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { DEFAULT_VSN, vsnMatches } from "../../lib/protocol/_vsn.ts";

const cases: [vsn: string, requirement: string, matches: boolean][] = [
  ["2.0.0", "~> 2.0.0", true],
  ["2.0.7", "~> 2.0.0", true],
  ["2.0.10", "~> 2.0.9", true],
  ["2.0.8", "~> 2.0.9", false],
  ["2.1.0", "~> 2.0.0", false],
  ["3.0.0", "~> 2.0.0", false],
  ["1.0.0", "~> 1.0.0", true],
  ["2.1.0", "~> 2.0", true],
  ["2.0.0", "~> 2.1", false],
  ["3.0.0", "~> 2.1", false],
  ["2.0.0+build.5", "~> 2.0.0", true],
  ["2.0.1-rc.1", "~> 2.0.0", false],
  ["2.0", "~> 2.0.0", false],
  ["2", "~> 2.0.0", false],
  ["02.0.0", "~> 2.0.0", false],
  ["2.0.0 ", "~> 2.0.0", false],
  ["2.0.0\n", "~> 2.0.0", false],
  ["v2.0.0", "~> 2.0.0", false],
  ["", "~> 2.0.0", false],
  ["２.0.0", "~> 2.0.0", false],
];
Deno.test.each(cases)("vsnMatches(%j, %j) is %s", (vsn, requirement, matches) => {
  assertStrictEquals(vsnMatches(vsn, requirement), matches);
});

Deno.test("vsnMatches() takes the later releases of the last part but one", () => {
  const part = fc.nat(30);
  fc.assert(fc.property(part, part, part, part, (major, minor, patch, least) => {
    assertEquals(vsnMatches(`${major}.${minor}.${patch}`, `~> ${major}.${minor}.${least}`), patch >= least);
    assertEquals(vsnMatches(`${major}.${minor}.${patch}`, `~> ${major}.${least}`), minor >= least);
    assertEquals(vsnMatches(`${major + 1}.${minor}.${patch}`, `~> ${major}.0`), false);
  }));
});

Deno.test("vsnMatches() never throws, whatever the client calls its version", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (vsn) => {
    assertEquals(typeof vsnMatches(vsn, "~> 2.0.0"), "boolean");
  }));
});

Deno.test.each(["2.0.0", ">= 2.0.0", "~> 2", "~>2.0.0", "~> 2.0.0-rc", ""])(
  "vsnMatches() refuses the requirement %j",
  (requirement) => {
    assertMatch(String(assertThrows(() => vsnMatches("2.0.0", requirement))), /requirement must be like "~> 2.0.0"/);
  },
);

Deno.test("DEFAULT_VSN is the protocol of clients that are older than vsn", () => {
  assert(vsnMatches(DEFAULT_VSN, "~> 1.0.0"));
});
