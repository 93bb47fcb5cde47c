/**
 * Writes `lib/create/_files.ts`, the files of `examples/starter` as texts. They are checked and tested there; JSR would
 * change the imports of TypeScript files that are published as they are.
 *
 * ```sh
 * deno task starter
 * ```
 *
 * @module
 */

import { filesIn } from "./files.ts";

const STARTER = new URL("../../examples/starter/", import.meta.url);
const OUTPUT = new URL("../../lib/create/_files.ts", import.meta.url);

/** A text as a template literal, which keeps its lines. */
function literal(text: string): string {
  return `\`${text.replaceAll(/[\\`]|\$\{/g, "\\$&")}\``;
}

/** Reads the files of the starter. Returns the module that has them. */
export async function starterModule(): Promise<string> {
  const entries: string[] = [];
  for (const path of await filesIn(STARTER)) {
    entries.push(`  "${path}": ${literal(await Deno.readTextFile(new URL(path, STARTER)))},\n`);
  }
  return `/**
 * The files of a new app, by path. Written by \`deno task starter\` from \`examples/starter\`: change them there.
 *
 * @module
 */

/** Texts in which \`my-app\` is the name of the app. */
export const FILES: Readonly<Record<string, string>> = {
${entries.join("")}};
`;
}

if (import.meta.main) await Deno.writeTextFile(OUTPUT, await starterModule());
