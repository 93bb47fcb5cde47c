/**
 * Documented lines that a user copies to the top level of a module.
 *
 * @module
 */

import { assert, assertNotMatch } from "@std/assert";
import { codeBlocks } from "../support/guides/guide.ts";

const ROOT = new URL("../../", import.meta.url);

async function* sources(folder: URL): AsyncGenerator<URL> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* sources(new URL(`${name}/`, folder));
    else if (/\.(ts|md)$/.test(name)) yield new URL(name, folder);
  }
}

/** The examples in TypeScript of a Markdown file, or of the comments of a module. */
function examplesOf(text: string): string[] {
  const blocks = codeBlocks(text.replaceAll(/^ *\* ?/gm, ""));
  return blocks.filter(({ words }) => words[0] === "ts").map(({ code }) => code);
}

Deno.test("documented lines at module level do not end what they start", async () => {
  const files = [new URL("README.md", ROOT), ...await Array.fromAsync(sources(new URL("lib/", ROOT)))];
  let examples = 0;
  for (const file of files) {
    for (const example of examplesOf(await Deno.readTextFile(file))) {
      examples++;
      if (example.includes("/testing")) continue; // the body of a test
      assertNotMatch(
        example,
        /^(await )?using /m,
        `${file.pathname}: it ends when the module has run\n${example}`,
      );
    }
  }
  assert(examples > 50, `found ${examples} examples`);
});
