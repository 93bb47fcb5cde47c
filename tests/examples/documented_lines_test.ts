/**
 * Documented lines that a user copies to the top level of a module.
 *
 * @module
 */

import { assert, assertNotMatch } from "@std/assert";
import { filesIn } from "../support/files.ts";
import { codeBlocks } from "../support/guides/guide.ts";

const ROOT = new URL("../../", import.meta.url);

/** The examples in TypeScript of a Markdown file, or of the comments of a module. */
function examplesOf(text: string): string[] {
  const blocks = codeBlocks(text.replaceAll(/^ *\* ?/gm, ""));
  return blocks.filter(({ words }) => words[0] === "ts").map(({ code }) => code);
}

Deno.test("documented lines at module level do not end what they start", async () => {
  const documented = (await filesIn(new URL("lib/", ROOT))).filter((path) => /\.(ts|md)$/.test(path));
  const files = ["README.md", ...documented.map((path) => `lib/${path}`)];
  let examples = 0;
  for (const file of files) {
    for (const example of examplesOf(await Deno.readTextFile(new URL(file, ROOT)))) {
      examples++;
      if (example.includes("/testing")) continue; // the body of a test
      assertNotMatch(
        example,
        /^(await )?using /m,
        `${file}: it ends when the module has run\n${example}`,
      );
    }
  }
  assert(examples > 50, `found ${examples} examples`);
});
