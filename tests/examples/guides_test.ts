/**
 * The guides as a reader follows them: at each step the files named so far compile, their tests pass, and what the guide
 * says to start serves a page. Blocks without a name are run by `deno test --doc examples/guides`.
 * `GUIDE=presence` looks at one guide alone.
 */

import { assertEquals } from "@std/assert";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { programOf } from "../support/guides/guide_command.ts";
import { codeBlocks, type GuideStep, stepsOf, strayParts, uncheckedBlocks } from "../support/guides/guide.ts";
import { unnamedFiles } from "../support/guides/named_files.ts";
import { Program } from "../support/program.ts";

const GUIDES = new URL("../../examples/guides/", import.meta.url);

async function guideTexts(): Promise<Map<string, string>> {
  const files = (await Array.fromAsync(Deno.readDir(GUIDES))).filter(({ name }) => name.endsWith(".md"));
  const texts = files.map(async ({ name }) => [name, await Deno.readTextFile(new URL(name, GUIDES))] as const);
  return new Map(await Promise.all(texts));
}

async function guideSteps(): Promise<Map<string, GuideStep[]>> {
  const only = Deno.env.get("GUIDE");
  const texts = (await guideTexts()).entries().map(([name, text]) => [name.replace(/\.md$/, ""), text] as const);
  return new Map(texts.filter(([name]) => !only || name === only).map(([name, text]) => [name, stepsOf(text)]));
}

Deno.test("stepsOf() ends a step before a file is replaced, and where something is started", () => {
  const markdown = [
    "# Guide",
    "```ts ignore file=a.ts\n1\n```",
    "## Two",
    "```ts\nalone\n```",
    "## Three",
    "```json file=b.json\n2\n```",
    "## Four",
    "```ts ignore file=a.ts\n3\n```",
    "```sh starts\ndeno run a.ts\n```",
    "## Five",
    "```ts ignore file=c.ts\n4\n```",
  ].join("\n");
  const steps = stepsOf(markdown).map(({ heading, files, commands }) => [heading, Object.fromEntries(files), commands]);
  assertEquals(steps, [
    ["Three", { "a.ts": "1\n", "b.json": "2\n" }, []],
    ["Four", { "a.ts": "3\n", "b.json": "2\n" }, ["deno run a.ts"]],
    ["Five", { "a.ts": "3\n", "b.json": "2\n", "c.ts": "4\n" }, []],
  ]);
  assertEquals(codeBlocks(markdown).map(({ line }) => line), [2, 6, 10, 14, 17, 21]);
});

Deno.test("strayParts() finds what is not in its file", () => {
  const strayIn = (part: string, path = "a.ts") => {
    const file = "```ts ignore file=a.ts\nclass A {\n  one() {\n  }\n\n  two() {}\n}\n```";
    return stepsOf(`${file}\n\`\`\`ts ignore part=${path}\n${part}\n\`\`\``).flatMap(strayParts).length;
  };
  assertEquals(["one() {\n}", "one() {\n}\ntwo() {}", "class A {\n  // …\n  two() {}"].map((part) => strayIn(part)), [
    0,
    0,
    0,
  ]);
  assertEquals(["three() {}", "two() {}\n// …\none() {"].map((part) => strayIn(part)), [1, 1]);
  assertEquals(strayIn("class A {", "b.ts"), 1);
});

Deno.test("uncheckedBlocks() finds blocks that no test looks at", () => {
  const block = (info: string) => uncheckedBlocks(`\`\`\`${info}\n\`\`\`\n`).length;
  assertEquals(["ts ignore", "ts file=a.ts", "js ignore"].map(block), [1, 1, 1]);
  assertEquals(["ts", "ts ignore file=a.ts", "js ignore untested", "sh", "json file=a.json"].map(block), [
    0,
    0,
    0,
    0,
    0,
  ]);
});

Deno.test("unnamedFiles() finds files that others import by a name that the text does not have", () => {
  const guide = (prose: string, user: string) => `${prose}\n\`\`\`ts ignore file=page/a.ts\n1\n\`\`\`\n\n${user}\n`;
  const imported = '```ts ignore file=b.ts\nimport "./a.ts";\n```';
  const started = "```sh\ndeno run page/a.ts\n```";
  assertEquals(unnamedFiles(guide("The page:", imported)), ["line 2: page/a.ts"]);
  assertEquals(unnamedFiles(guide("The page:", started)), ["line 2: page/a.ts"]);
  assertEquals(unnamedFiles(guide("The page:", `<!--\n${imported}\n-->`)), []);
  assertEquals(unnamedFiles(guide("The page, `page/a.ts`:", imported)), []);
  assertEquals(unnamedFiles(guide("The page, `a.ts`:", started)), []);
});

Deno.test("the README and the guides say what the files are called that others import or start", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const found = [["README.md", readme] as const, ...await guideTexts()].flatMap(([name, text]) =>
    unnamedFiles(text).map((file) => `${name}, ${file}`)
  );
  assertEquals(found, []);
});

Deno.test("no guide has a block that is not tested", async () => {
  const found = (await guideTexts()).entries().flatMap(([name, text]) =>
    uncheckedBlocks(text).map((problem) => `examples/guides/${name}, ${problem}`)
  );
  assertEquals(found.toArray(), []);
});

Deno.test("what a guide shows as a part of a file is in that file", async () => {
  const found = (await guideSteps()).entries().flatMap(([guide, steps]) =>
    steps.flatMap(strayParts).map(({ path, code }) => `examples/guides/${guide}.md, ${path}: ${code}`)
  );
  assertEquals(found.toArray(), []);
});

Deno.test("the index of the guides lists each of them", async () => {
  const { "README.md": index = "", ...others } = Object.fromEntries(await guideTexts());
  assertEquals(Object.keys(others).filter((name) => !index.includes(`](${name})`)), []);
});

Deno.test("the files of each guide compile, and their tests pass, at each step", async () => {
  await using folders = await GuideFolders.write(await guideSteps());
  if (folders.steps.length === 0) return;
  const checked = await folders.deno("check", ".");
  assertEquals(checked.code, 0, checked.text);
  const isTested = folders.steps.some(({ files }) => files.keys().some((path) => /_test\.tsx?$/.test(path)));
  const tested = isTested ? await folders.deno("test", "-A", "--no-check", ".") : checked;
  assertEquals(tested.code, 0, tested.text);
});

Deno.test("what a guide says to start serves a page", async () => {
  await using folders = await GuideFolders.write(await guideSteps());
  for (const step of folders.steps) {
    for (const command of step.commands) {
      await using program = new Program(await programOf(command, step.folder), { PORT: "0" });
      const [address] = await program.prints(/http:\/\/[\w.:[\]]+/);
      const response = await fetch(address.replace("0.0.0.0", "127.0.0.1"));
      assertEquals(response.status, 200, `${step.guide}, "${step.heading}": ${command}\n${await response.text()}`);
    }
  }
});
