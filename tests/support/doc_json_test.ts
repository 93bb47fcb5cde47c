import { assertEquals } from "@std/assert";
import { readSymbols, sectionsOf } from "./doc_json.ts";

Deno.test("sectionsOf() finds the section of each export", () => {
  const source = `
/** import { no } from "./no.ts"; */

// Processes.
export { type ProcessBody, spawn } from "./spawn.ts";
export type { Runnable } from "./scheduler.ts";

// Security: who is who.
/** Tokens. */
export * as Token from "./token.ts";
export {
  a as b,
} from "./a.ts";
`;
  assertEquals([...sectionsOf(source)], [
    ["ProcessBody", "Processes"],
    ["spawn", "Processes"],
    ["Runnable", "Processes"],
    ["Token", "Security"],
    ["b", "Security"],
  ]);
});

for (const entry of ["mod.ts", "lib/otp/mod.ts"]) {
  Deno.test(`every symbol of ${entry} has the category that its section names`, async () => {
    const sections = sectionsOf(await Deno.readTextFile(new URL(`../../${entry}`, import.meta.url)));
    const symbols = await readSymbols(entry);
    assertEquals(symbols.map(({ name }) => name).sort(), [...sections.keys()].sort());
    const found = symbols.map(({ name, categories }) => [name, [...new Set(categories)]]);
    assertEquals(found, symbols.map(({ name }) => [name, [sections.get(name)]]));
  });
}
