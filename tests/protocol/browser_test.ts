/**
 * The wire, contracts and the client are for browsers: what they import, and which globals they use, must exist there.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";

/** Folders, and what they import files of. */
const FOLDERS: readonly [folder: string, imports: readonly string[]][] = [
  ["protocol", ["protocol", "base"]],
  ["contract", ["contract", "protocol", "base"]],
  ["client", ["client", "contract", "protocol", "base"]],
];

function filesOf(name: string): string[] {
  const folder = new URL(`../../lib/${name}/`, import.meta.url);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) => name.endsWith(".ts"));
  return names.sort().map((name) => new URL(name, folder).href);
}

async function deno(...args: string[]): Promise<{ success: boolean; stdout: string; stderr: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, stdin: "null", env: { NO_COLOR: "1" } });
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** A configuration where `Deno`, `process` and `Buffer` are no names, and there is nothing but files to import. */
async function browserConfig(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const lib = ["dom", "dom.iterable", "dom.asynciterable", "esnext"];
  await Deno.writeTextFile(path, JSON.stringify({ compilerOptions: { lib, types: [] }, lock: false }));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

Deno.test.each(FOLDERS)("lib/%s imports nothing but files of lib in %j", async (folder, imports) => {
  const files = filesOf(folder);
  const graphs = await Promise.all(files.map((file) => deno("info", "--json", file)));
  const modules = graphs.flatMap(({ stdout }) => JSON.parse(stdout).modules as { specifier: string }[]);
  const specifiers = new Set(modules.map(({ specifier }) => specifier));
  for (const file of files) assert(specifiers.has(file), `the graph lacks ${file}`);
  const own = new RegExp(`^file:.*/lib/(${imports.join("|")})/[^/]+\\.ts$`);
  const foreign = [...specifiers].filter((name) => !own.test(name));
  assertEquals(foreign, []);
});

Deno.test.each(FOLDERS)("lib/%s compiles where there is only what browsers have", async (folder) => {
  await using config = await browserConfig();
  const { success, stderr } = await deno("check", "--no-remote", "--config", config.path, ...filesOf(folder));
  assert(success, stderr);
});

Deno.test("the check for browsers would find Deno, Node and their modules", async () => {
  await using config = await browserConfig();
  for (const line of ["Deno.cwd()", "process.cwd()", "Buffer.from('')"]) {
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(file, `export const x = ${line};`);
    const { success, stderr } = await deno("check", "--no-remote", "--config", config.path, file);
    await Deno.remove(file);
    assert(!success && /Cannot find name/.test(stderr), `${line}: ${stderr}`);
  }
});
