/**
 * The first example of the README, which is typed on both ends. `tests/browser/readme_test.ts` opens its page.
 */

import { assert, assertEquals } from "@std/assert";
import { bundleForBrowser } from "../support/bundle.ts";
import { type GuideStep, uncheckedBlocks } from "../support/guides/guide.ts";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { readmeStep } from "../support/guides/readme.ts";
import { codeSpansOf, sectionOf } from "../support/markdown.ts";
import { exampleNames } from "../support/workshop.ts";

const README = new URL("../../README.md", import.meta.url);

/** The example, with a field of its contract renamed. */
function renamed(step: GuideStep, field: string): GuideStep {
  const server = step.files.get("server.ts") ?? "";
  const changed = server.replaceAll(`${field}: z.`, "renamed: z.");
  assert(changed !== server, field);
  return { ...step, files: new Map([...step.files, ["server.ts", changed]]) };
}

Deno.test("the README has no block that is not tested", async () => {
  assertEquals(uncheckedBlocks(await Deno.readTextFile(README)), []);
});

Deno.test("the README's first example compiles, and on neither end when a field is renamed", async () => {
  const step = await readmeStep();
  const steps = [step, ...["text", "from", "id"].map((field) => renamed(step, field))];
  await using folders = await GuideFolders.write(new Map([["readme", steps]]));
  const { text } = await folders.deno("check", ".");
  const broken = folders.steps.map(({ folder }) =>
    ["server.ts", "page.ts"].filter((file) => text.includes(`${folder}/${file}:`))
  );
  const both = ["server.ts", "page.ts"];
  assertEquals(broken, [[], both, both, both], text);
});

Deno.test("the page of the README's first example has nothing of the server in its bundle", async () => {
  const step = await readmeStep();
  const page = step.files.get("page.ts")!.replace(/^import \{ Socket.*/m, "");
  const files = new Map([...step.files, ["page.ts", page]]);
  await using folders = await GuideFolders.write(new Map([["readme", [{ ...step, files }]]]));
  const code = await bundleForBrowser(`${folders.steps[0]!.folder}/page.ts`, { isMinified: true });
  assert(code.length < 400, code);
});

Deno.test("the README lists each example and each guide", async () => {
  const examples = await exampleNames();
  const files = await Array.fromAsync(Deno.readDir(new URL("../../examples/guides/", import.meta.url)));
  const guides = files.map(({ name }) => `guides/${name}`).filter((path) => path !== "guides/README.md");
  assert(examples.length > 10 && guides.length > 15, `found ${examples} and ${guides}`);
  const readme = await Deno.readTextFile(README);
  assertEquals([...examples, ...guides].filter((path) => !readme.includes(`/main/examples/${path})`)), []);
});

Deno.test("the README names each entry of the package", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url)));
  const section = sectionOf(await Deno.readTextFile(README), "## Where things are");
  const named = codeSpansOf(section).map((code) => code.replace("@urvogel/realtime", "")).filter((code) =>
    /^\/\w+$/.test(code)
  );
  assertEquals(named.map((entry) => `.${entry}`).sort(), Object.keys(exports).filter((name) => name !== ".").sort());
});

Deno.test("the README counts the transcripts of Phoenix", async () => {
  const files = await Array.fromAsync(Deno.readDir(new URL("../fixtures/golden/", import.meta.url)));
  const [, count] = /(\d+) transcripts/.exec(await Deno.readTextFile(README)) ?? [];
  assertEquals(Number(count), files.filter(({ name }) => name.endsWith(".json")).length);
});

Deno.test("what the README says to type with only Node are tasks, run by the Deno of .ci/run", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const [readme, script, config] = await Promise.all(["README.md", ".ci/run", "deno.json"].map(read));
  const commands = Array.from(readme!.matchAll(/^npx -y deno@(\S+) task (\w+)/gm), ([, ...words]) => words);
  const version = /^readonly DENO_VERSION=(.*)$/m.exec(script!)?.[1];
  assertEquals(commands, [[version, "chat"], [version, "test"]]);
  const { tasks } = JSON.parse(config!);
  assert("chat" in tasks && "test" in tasks);
});
