/**
 * Each folder of `examples` as a user has it who copies it: alone, with what its own `deno.json` says.
 */

import { assert, assertEquals } from "@std/assert";
import { configOf, Workshop } from "../support/workshop.ts";

const ROOT = new URL("../../", import.meta.url);

/** The members of the workspace. */
async function examples(): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(new URL("examples/", ROOT))) {
    const config = new URL(`examples/${name}/deno.json`, ROOT);
    if (await Deno.stat(config).then(() => true, () => false)) names.push(name);
  }
  return names.sort();
}

Deno.test("an example that is copied compiles alone, with its own deno.json", async () => {
  const names = await examples();
  assert(names.length > 10, `found ${names}`);
  await using workshop = await Workshop.open();
  // Each where it has no neighbours, but with one folder around all of them: what they share is checked once.
  await workshop.hold(await Promise.all(names.map((name) => workshop.copy(name, `copy_of_${name}`))));
  const { code, text } = await workshop.deno(".", "check");
  assertEquals(code, 0, text);
});

for (const name of await examples()) {
  Deno.test(`the example "${name}" names this version of the package`, async () => {
    const { version } = await configOf(".");
    const { imports } = await configOf(`examples/${name}`);
    assertEquals(imports["@urvogel/realtime"], `jsr:@urvogel/realtime@^${version}`);
  });
}
