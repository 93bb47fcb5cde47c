/**
 * The links of all Markdown files, and of the doc comments of what is published.
 */

import { assert, assertEquals } from "@std/assert";
import { anchorsOf, Links, linksOf, linksOfModule } from "./links.ts";

const ROOT = new URL("../../", import.meta.url);
const SKIPPED = new Set([".git", "node_modules", "golden", "golden_ours"]);

/** The files of a folder whose names end so, as paths in the repository. */
async function* filesOf(folder: URL, ending: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && !SKIPPED.has(name)) yield* filesOf(new URL(`${name}/`, folder), ending);
    else if (name.endsWith(ending)) yield new URL(name, folder).pathname.slice(ROOT.pathname.length);
  }
}

async function* publishedModules(): AsyncGenerator<string> {
  const links = await Links.read();
  for await (const path of filesOf(ROOT, ".ts")) {
    if (links.isPublished(path)) yield path;
  }
}

/** Returns how many links some files have, and what is wrong with them. */
async function follow(
  files: AsyncIterable<string>,
  find: (text: string) => string[],
): Promise<{ count: number; broken: string[] }> {
  const links = await Links.read();
  const broken: string[] = [];
  let count = 0;
  for await (const file of files) {
    for (const link of find(await Deno.readTextFile(new URL(file, ROOT)))) {
      count++;
      const problem = await links.problemOf(link, file);
      if (problem) broken.push(`${file}: ${link}: ${problem}`);
    }
  }
  return { count, broken };
}

Deno.test("anchorsOf() names headings as GitHub does", () => {
  assertEquals(
    [...anchorsOf("# What `x()` does, and why\n```sh\n# no heading\n```\n## 1. The server\ntext\n")],
    ["what-x-does-and-why", "1-the-server"],
  );
});

Deno.test("linksOf() finds links and pictures, but none in code", () => {
  const markdown = '[a](a.md#b) ![c](c.png)\n<img src="d.png">\n`[e](e.md)`\n```md\n[f](f.md)\n```\n';
  assertEquals(linksOf(markdown), ["a.md#b", "c.png", "d.png"]);
});

Deno.test("linksOfModule() finds links of doc comments, and addresses anywhere", () => {
  const code = [
    "/**\n * See [the guide](guide.md).\n */",
    "const other = list[0](text);",
    'throw new Error("see https://github.com/urvogel/realtime/blob/main/README.md.");',
  ].join("\n");
  assertEquals(linksOfModule(code), ["guide.md", "https://github.com/urvogel/realtime/blob/main/README.md"]);
});

const GITHUB = "https://github.com/urvogel/realtime";
Deno.test.each([
  ["README.md", "lib/otp/README.md", undefined],
  ["README.md", "#how-it-compares", undefined],
  ["README.md", "tests/README.md", "it is not published: link its address on GitHub"],
  ["lib/channel/README.md", "../../examples/chat", "it is not published: link its address on GitHub"],
  ["lib/otp/mod.ts", "README.md", "a doc comment is read where a relative link leads nowhere"],
  ["lib/otp/mod.ts", `${GITHUB}/tree/main/examples/guides`, undefined],
  ["README.md", `${GITHUB}/blob/main/tests/bench/README.md#figures`, undefined],
  ["README.md", `${GITHUB}/blob/main/tests/bench/README.md#nothing`, "there is no such heading"],
  ["README.md", `${GITHUB}/blob/main/nothing.ts`, "there is no such file"],
  ["README.md", `${GITHUB}/blob/main/examples`, "a file is a blob on GitHub, and a folder a tree"],
  ["README.md", `${GITHUB}/nothing`, "expected blob/main, tree/main, or a raw file"],
  ["tests/README.md", "../examples/guides", undefined],
  ["tests/README.md", "nothing.md", "there is no such file"],
  ["README.md", "https://deno.com", undefined],
])("Links.problemOf() looks from %s at %s", async (file, link, problem) => {
  assertEquals(await (await Links.read()).problemOf(link, file), problem);
});

Deno.test("links of Markdown files lead to files and headings that exist, published ones to published ones", async () => {
  const { count, broken } = await follow(filesOf(ROOT, ".md"), linksOf);
  assertEquals(broken, []);
  assert(count > 300, `found ${count} links`);
});

Deno.test("links of doc comments are absolute, and lead to files that exist", async () => {
  const { count, broken } = await follow(publishedModules(), linksOfModule);
  assertEquals(broken, []);
  assert(count > 5, `found ${count} links`);
});
