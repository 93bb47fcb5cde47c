/**
 * Each folder of `examples` as a user has it who copies it: alone, with what its own `deno.json` says.
 */

import { assert, assertEquals } from "@std/assert";
import { commandOf } from "../support/program.ts";
import { configOf, exampleNames, isFile, Workshop } from "../support/workshop.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("an example that is copied compiles alone, with its own deno.json", async () => {
  const names = await exampleNames();
  assert(names.length > 10, `found ${names}`);
  await using workshop = await Workshop.open();
  // Each where it has no neighbours, but with one folder around all of them: what they share is checked once.
  await workshop.hold(await Promise.all(names.map((name) => workshop.copy(name, `copy_of_${name}`))));
  const { code, text } = await workshop.deno(".", "check");
  assertEquals(code, 0, text);
});

for (const name of await exampleNames()) {
  Deno.test(`the example "${name}" names this version of the package`, async () => {
    const { version } = await configOf(".");
    const { imports } = await configOf(`examples/${name}`);
    assertEquals(imports["@urvogel/realtime"], `jsr:@urvogel/realtime@^${version}`);
  });

  Deno.test(`the example "${name}" has a README that says how to run it, and a test`, async () => {
    const readme = await Deno.readTextFile(new URL(`examples/${name}/README.md`, ROOT));
    await commandOf(`examples/${name}/README.md`);
    for (const [, image] of readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)) {
      assert(await isFile(`examples/${name}/${image}`), `there is no ${image}`);
    }
    const hasPage = await isFile(`examples/${name}/page/index.html`) || await isFile(`examples/${name}/index.html`);
    assert(
      !hasPage || name === "starter" || /\bscreenshot\.png\b/.test(readme),
      "there is something to see, and no picture",
    );
    assert(await isFile(`tests/examples/${name}_test.ts`) || name === "starter", "it has a test: starter has its own");
  });
}
