/**
 * Each folder of `examples` as a user has it who copies it: alone, with what its own `deno.json` says.
 */

import { assert, assertEquals } from "@std/assert";

const ROOT = new URL("../../", import.meta.url);

interface Config {
  readonly version: string;
  readonly links: readonly string[];
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

async function copy(from: URL, to: URL): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(new URL(`${name}/`, from), new URL(`${name}/`, to));
    else await Deno.copyFile(new URL(name, from), new URL(name, to));
  }
}

/**
 * Copies examples, each where it has no neighbours. The checkout takes the place of the package on the registry. One
 * folder around all of them: what they share is checked once.
 */
async function copyEach(names: readonly string[], into: URL): Promise<void> {
  const { links } = await configOf(ROOT);
  for (const name of names) await copy(new URL(`examples/${name}/`, ROOT), new URL(`copy_of_${name}/${name}/`, into));
  const config = {
    workspace: names.map((name) => `./copy_of_${name}/${name}`),
    links: [ROOT, ...links.map((link) => new URL(link, ROOT))].map((url) => url.pathname),
    lock: false,
  };
  await Deno.writeTextFile(new URL("deno.json", into), JSON.stringify(config));
}

Deno.test("an example that is copied compiles alone, with its own deno.json", async () => {
  const names = await examples();
  assert(names.length > 10, `found ${names}`);
  const folder = await Deno.makeTempDir();
  try {
    await copyEach(names, new URL(`file://${folder}/`));
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
