/**
 * Which file of `lib` imports which: what `_x.ts` promises is checked against it.
 *
 * @module
 */

import { filesIn } from "./files.ts";
import { placeOf } from "./layers_lint.ts";

const ROOT = new URL("../../", import.meta.url);

/** A file that is named against the rule of private files. */
export interface Misnamed {
  /** Its path from the root of the repository. */
  readonly file: string;
  /** What is wrong. */
  readonly why: string;
}

/** An import of one file by another. */
export interface Import {
  /** Path of the importing file, from the root of the repository. */
  readonly from: string;
  /** Path of the imported file. */
  readonly to: string;
  /** Whether `from` only hands on what `to` exports: `export ... from`. */
  readonly isReexport: boolean;
}

/** Reads the imports of one file. Those in comments, such as examples, do not count. */
export function importsOf(from: string, source: string): Import[] {
  const code = source.replaceAll(/\/\*.*?\*\//gs, "").replaceAll(/^\s*\/\/.*$/gm, "");
  const imports = code.matchAll(/\b(import|export)\b(?:[^"';()]*?\bfrom)?\s*\(?\s*"(\.[^"]+)"/g);
  return Array.from(imports, ([, keyword, path]) => ({
    from,
    to: new URL(path!, `file:///${from}`).pathname.slice(1),
    isReexport: keyword === "export",
  }));
}

/**
 * Finds the files that are named against the rule: a file begins with `_` if and only if no other room imports it and no
 * entry point exports it.
 *
 * @param files All files of `lib`.
 * @param imports All imports among them, and those of `mod.ts`.
 * @param entries The entry points of the package.
 */
export function misnamed(files: Iterable<string>, imports: Iterable<Import>, entries: ReadonlySet<string>): Misnamed[] {
  const users = new Map<string, string>();
  for (const { from, to, isReexport } of imports) {
    const isExported = isReexport && entries.has(from);
    if (isExported || roomOf(from) !== roomOf(to)) users.set(to, from);
  }
  const found: Misnamed[] = [];
  for (const file of files) {
    const isPrivate = file.slice(file.lastIndexOf("/") + 1).startsWith("_");
    const user = entries.has(file) ? "users of the package" : users.get(file);
    if (isPrivate && user !== undefined) found.push({ file, why: `is private, and ${user} imports it` });
    if (!isPrivate && user === undefined) found.push({ file, why: "is not private, and no other room imports it" });
  }
  return found;
}

/** Reads the imports of all files of `lib` and of `mod.ts`. */
export async function readLib(): Promise<{ readonly files: string[]; readonly imports: Import[] }> {
  const sources = (await filesIn(new URL("lib/", ROOT))).filter((path) => path.endsWith(".ts"));
  const files = sources.map((path) => `lib/${path}`);
  const imports: Import[] = [];
  for (const file of ["mod.ts", ...files]) {
    imports.push(...importsOf(file, await Deno.readTextFile(new URL(file, ROOT))));
  }
  return { files, imports };
}

/** The entry points that `deno.json` exports. */
export async function readEntries(): Promise<Set<string>> {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  return new Set(Object.values<string>(exports).map((path) => path.replace("./", "")));
}

function roomOf(file: string): string | undefined {
  return placeOf(`/${file}`)?.room;
}
