/**
 * The tables of the guides name what there is: a renamed export or assertion fails here.
 */

import { assert, assertEquals } from "@std/assert";
import { exportedNames } from "../support/exported_names.ts";
import { codeSpansOf, rowsOf, sectionOf } from "../support/markdown.ts";

/** What a column of a guide's tables says, below a heading. */
async function columnOf(guide: string, heading: string, column: number): Promise<string> {
  const markdown = await Deno.readTextFile(new URL(`../../examples/guides/${guide}.md`, import.meta.url));
  return rowsOf(sectionOf(markdown, heading)).map((cells) => cells[column]).join("\n");
}

Deno.test("exportedNames() finds members, those of base classes too", async () => {
  const names = await exportedNames("mod.ts");
  for (const name of ["ok", "Channel.join", "Channel.handlers", "UniqueRegistry.keys", "Task.async", "sys.getState"]) {
    assert(names.has(name), name);
  }
  assertEquals(names.has("Channel.nothing"), false);
});

Deno.test("rowsOf() reads the cells of all tables of a section", () => {
  const markdown =
    "# A\n| 0 |\n## B\n| a | b |\n| - | - |\n| 1 | `x\\|y` |\n### C\n| c | d |\n|-|-|\n| 3 | 4 |\n## D\n| 5 |\n";
  assertEquals(rowsOf(sectionOf(markdown, "## B")), [["1", "`x|y`"], ["3", "4"]]);
});

Deno.test("what the guide from Phoenix names is exported", async () => {
  const names = await exportedNames("mod.ts");
  const named = codeSpansOf(await columnOf("from_phoenix", "## Every callback", 1));
  assert(named.length > 150, `${named.length} names`);
  assertEquals(named.filter((name) => !names.has(name)), []);
});

Deno.test("the guide to testing lists every assertion of the test kit", async () => {
  const names = await exportedNames("lib/testing/mod.ts");
  const listed = codeSpansOf(await columnOf("testing", "## Every assertion", 0)).map((code) =>
    code.replace(/\(.*/, "")
  );
  const members = (owner: string) =>
    [...names].filter((name) => name.startsWith(`${owner}.`)).map((name) => name.split(".")[1]!);
  const kit = [...members("TestChannel"), ...members("TestClient")];
  const fields = ["topic", "joinReply"];
  assertEquals(kit.filter((name) => !listed.includes(name) && !fields.includes(name) && !name.startsWith("[")), []);
});

Deno.test("the guide to costs quotes figures that the READMEs have", async () => {
  const sources = ["README.md", "lib", "tests/bench", "examples/guides/scaling_out.md"];
  const texts = await Promise.all(sources.map(textOf));
  const figures = (text: string) => text.match(/\d[\d.,]*\d|\d/g) ?? [];
  const known = new Set(texts.flatMap(figures));
  const quoted = figures(await columnOf("costs", "## What it takes", 1));
  assert(quoted.length > 40, `${quoted.length} figures`);
  assertEquals(quoted.filter((figure) => !known.has(figure)), []);
});

Deno.test("the guide to upgrading spells what there is", async () => {
  const names = await exportedNames("mod.ts", "lib/testing/mod.ts", "lib/adapters/opentelemetry/opentelemetry.ts");
  const words = new Set([...names].flatMap((name) => name.split(".")));
  const used = codeSpansOf(await columnOf("upgrading", "# Upgrading from 0.1", 1)).flatMap(usedNames);
  assert(used.length > 80, `${used.length} names`);
  assertEquals(used.filter((name) => !words.has(name) && !FOREIGN.includes(name)), []);
});

/** Names in the guide to upgrading that are the reader's own, JavaScript's, or of another library. */
const FOREIGN = [
  ...["unknown", "true", "this", "TypeError", "RangeError", "PromiseLike", "console"], // JavaScript's
  ...["move", "standard", "setAttribute", "spanContext"], // the reader's, a key of LIMITS, OpenTelemetry's
];

/** All names of a piece of code that are called, read from something, or stand alone. */
function usedNames(code: string): string[] {
  if (/^\w+$/.test(code)) return /^[a-zA-Z]/.test(code) ? [code] : [];
  return Array.from(code.matchAll(/(?<=\.)[a-zA-Z]\w+|[a-zA-Z]\w+(?=[(<])/g), ([name]) => name);
}

/** The text of a Markdown file, or of all READMEs in a folder. */
async function textOf(path: string): Promise<string> {
  const url = new URL(`../../${path}`, import.meta.url);
  if (path.endsWith(".md")) return await Deno.readTextFile(url);
  const entries = await Array.fromAsync(Deno.readDir(url));
  const inside = entries.filter(({ name, isDirectory }) => isDirectory || name === "README.md");
  return (await Promise.all(inside.map(({ name }) => textOf(`${path}/${name}`)))).join("\n");
}
