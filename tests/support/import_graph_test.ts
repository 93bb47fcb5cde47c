import { assertEquals } from "@std/assert";
import { type Import, importsOf, misnamed, readEntries, readLib } from "./import_graph.ts";

Deno.test("importsOf() finds imports and exports of all forms, and none in comments", () => {
  const source = `
/** import { no } from "./no.ts"; */
// import "./no.ts";
import { a, type A } from "./a.ts";
import type { B } from "../base/b.ts";
import "./c.ts";
export {
  d,
} from "./d.ts";
export * as e from "./e.ts";
const f = await import("./f.ts");
export const g = "./g.ts";
import std from "@std/assert";
`;
  const found = importsOf("lib/otp/x.ts", source);
  assertEquals(found.map(({ to, isReexport }) => [to, isReexport]), [
    ["lib/otp/a.ts", false],
    ["lib/base/b.ts", false],
    ["lib/otp/c.ts", false],
    ["lib/otp/d.ts", true],
    ["lib/otp/e.ts", true],
    ["lib/otp/f.ts", false],
  ]);
});

const by = (from: string, to: string, isReexport = false): Import => ({ from, to, isReexport });

for (
  const [what, file, imports, expected] of [
    ["a file that nobody imports", "lib/base/a.ts", [], true],
    ["a private file that nobody imports", "lib/base/_a.ts", [], false],
    ["a file that its own room imports", "lib/base/a.ts", [by("lib/base/b.ts", "lib/base/a.ts")], true],
    ["a private file that its own room imports", "lib/base/_a.ts", [by("lib/base/b.ts", "lib/base/_a.ts")], false],
    ["a file that another room imports", "lib/base/a.ts", [by("lib/limits/b.ts", "lib/base/a.ts")], false],
    ["a private file that another room imports", "lib/base/_a.ts", [by("lib/limits/b.ts", "lib/base/_a.ts")], true],
    ["a file in a room of otp", "lib/otp/task/a.ts", [by("lib/otp/server/b.ts", "lib/otp/task/a.ts")], false],
    ["a file that mod.ts exports", "lib/base/a.ts", [by("mod.ts", "lib/base/a.ts", true)], false],
    ["a private file that mod.ts exports", "lib/base/_a.ts", [by("mod.ts", "lib/base/_a.ts", true)], true],
    ["an entry point", "lib/testing/mod.ts", [], false],
    [
      "a file that an entry point of its room uses",
      "lib/testing/a.ts",
      [by("lib/testing/mod.ts", "lib/testing/a.ts")],
      true,
    ],
    [
      "a file that an entry point of its room exports",
      "lib/testing/a.ts",
      [by("lib/testing/mod.ts", "lib/testing/a.ts", true)],
      false,
    ],
  ] as const
) {
  Deno.test(`misnamed() ${expected ? "reports" : "accepts"} ${what}`, () => {
    const found = misnamed([file], imports, new Set(["mod.ts", "lib/testing/mod.ts"]));
    assertEquals(found.map(({ file }) => file), expected ? [file] : []);
  });
}

Deno.test("a file of lib begins with _ if and only if nothing outside its room needs it", async () => {
  const { files, imports } = await readLib();
  assertEquals(misnamed(files, imports, await readEntries()), []);
});
