/**
 * The links of all Markdown files: to files that exist, and to headings that these have.
 */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);
/** Guides that are being written: they may be missing. */
const COMING = /^(deployment|troubleshooting)\.md/;
const SKIPPED = new Set([".git", "node_modules", "golden", "golden_ours"]);

async function* markdownFiles(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory && !SKIPPED.has(name)) yield* markdownFiles(new URL(`${name}/`, folder));
    else if (name.endsWith(".md")) yield new URL(name, folder);
  }
}

/** Returns the targets of a file's links, those to other sites left out. */
function linksOf(markdown: string): string[] {
  const text = markdown.replaceAll(/^```.*?^```$/gms, "").replaceAll(/`[^`\n]*`/g, "");
  const targets = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, target]) => target!);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** Returns the anchors of a file's headings, as GitHub makes them. */
function anchorsOf(markdown: string): Set<string> {
  const headings = Array.from(markdown.matchAll(/^#+ (.*)$/gm), ([, heading]) => heading!);
  return new Set(
    headings.map((heading) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").replaceAll(" ", "-")),
  );
}

/** Returns why a link leads nowhere; `undefined` if it does not. */
async function problemOf(link: string, file: URL): Promise<string | undefined> {
  const { pathname, hash } = new URL(link, file);
  const target = new URL(pathname, file);
  const found = await Deno.stat(target).catch(() => undefined);
  if (!found) return COMING.test(link) ? undefined : "there is no such file";
  if (hash === "" || !pathname.endsWith(".md")) return undefined;
  const anchors = anchorsOf(await Deno.readTextFile(target));
  return anchors.has(decodeURIComponent(hash.slice(1))) ? undefined : "there is no such heading";
}

Deno.test("anchorsOf() names headings as GitHub does", () => {
  assertEquals(
    [...anchorsOf("# What `x()` does, and why\n## 1. The server\ntext\n")],
    ["what-x-does-and-why", "1-the-server"],
  );
});

Deno.test("links of Markdown files lead to files and headings that exist", async () => {
  const broken: string[] = [];
  let links = 0;
  for await (const file of markdownFiles(ROOT)) {
    for (const link of linksOf(await Deno.readTextFile(file))) {
      links++;
      const problem = await problemOf(link, file);
      if (problem) {
        broken.push(`${file.pathname.slice(ROOT.pathname.length)}: ${link}: ${problem}`);
      }
    }
  }
  assertEquals(broken, []);
  assert(links > 200, `found ${links} links`);
});
