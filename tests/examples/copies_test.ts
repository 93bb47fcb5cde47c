/**
 * Each folder of `examples` as a user has it who copies it: alone, with what its own `deno.json` says.
 */

import { assert, assertEquals } from "@std/assert";
import { copyExamples } from "../support/example_copies.ts";

const ROOT = new URL("../../", import.meta.url);

interface Config {
  readonly version: string;
  readonly imports: Readonly<Record<string, string>>;
}

async function configOf(folder: URL): Promise<Config> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", folder)));
}

/** The members of the workspace. */
async function examples(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL("examples/", ROOT))) {
    const config = new URL(`examples/${name}/deno.json`, ROOT);
    if (isDirectory && await Deno.stat(config).then(() => true, () => false)) names.push(name);
  }
  return names.sort();
}

Deno.test("an example that is copied compiles alone, with its own deno.json", async () => {
  const names = await examples();
  assert(names.length > 10, `found ${names}`);
  const folder = await Deno.makeTempDir();
  try {
    await copyExamples(names, new URL(`file://${folder}/`));
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check"],
      cwd: folder,
      env: { NO_COLOR: "1" },
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const name of await examples()) {
  Deno.test(`the example "${name}" names this version of the package`, async () => {
    const [root, example] = await Promise.all([configOf(ROOT), configOf(new URL(`examples/${name}/`, ROOT))]);
    assertEquals(example.imports["@urvogel/realtime"], `jsr:@urvogel/realtime@^${root.version}`);
  });
}
