import { assert, assertEquals } from "@std/assert";
import { spawn } from "@urvogel/realtime";
import { plain } from "../../../lib/adapters/inspector/_plain.ts";
import { HOSTILE } from "../../support/hostile_values.ts";

Deno.test("plain() turns what JSON cannot carry into something to look at", () => {
  const pid = spawn(async () => {}, { label: "idler" });
  const cases: readonly (readonly [unknown, unknown])[] = [
    [{ a: 1, b: undefined, c: [true, null, "x"] }, { a: 1, c: [true, null, "x"] }],
    [new Map<unknown, unknown>([["a", new Set([1])]]), [["a", [1]]]],
    [new Error("broken"), "Error: broken"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [new Date(NaN), "[invalid date]"],
    [new Uint8Array(3), "[3 bytes]"],
    [[NaN, 10n, () => 1], ["NaN", "10", "[function]"]],
    [pid, `#${pid.id} idler`],
  ];
  for (const [value, expected] of cases) {
    const found = plain(value);
    assertEquals(JSON.stringify(found), JSON.stringify(expected));
  }
  pid.exit("kill");
});

Deno.test("plain() bounds its result", () => {
  assertEquals((plain("x".repeat(20_000)) as string).length, 10_001);
  assertEquals((plain(Array.from({ length: 5_000 }, () => 0)) as unknown[]).length, 1_001);
  const wide = Array.from({ length: 1_000 }, () => Array.from({ length: 1_000 }, () => 0));
  assert(JSON.stringify(plain(wide)).length < 200_000);
  const long = Array.from({ length: 1_000 }, () => Array.from({ length: 40 }, () => "x".repeat(10_000)));
  assert(JSON.stringify(plain(long)).length < 7_000_000);
  assert(JSON.stringify(plain({ ["k".repeat(1_000_000)]: 1 })).length < 11_000);
  assertEquals(plain(["abc", "def", "ghi"], 5), ["abc", "def", "[too large]"]);
  let deep: unknown = 0;
  for (let i = 0; i < 10_000; i++) deep = { deep };
  assert(JSON.stringify(plain(deep)).includes("[too deep]"));
  const loop: Record<string, unknown> = {};
  loop.loop = loop;
  assert(JSON.stringify(plain(loop)).includes("[too deep]"));
});

for (const [what, make] of Object.entries(HOSTILE)) {
  Deno.test(`plain() does not throw for ${what}`, () => {
    assert(JSON.stringify(plain(make())) !== undefined);
    assert(JSON.stringify(plain({ inside: [make()] })) !== undefined);
  });
}
