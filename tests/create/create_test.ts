/**
 * The app that `deno create jsr:@urvogel/realtime -- my-app` writes, as its user has it. The checkout takes the place of
 * the package on the registry.
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { createApp } from "@urvogel/realtime/create";
import { assertUsableEverywhere } from "../browser/accessibility.ts";
import { browserTest, type Page } from "../browser/chromium.ts";
import { PageProblems } from "../browser/page_problems.ts";
import { Program, taskOf } from "../support/program.ts";
import { starterModule } from "../support/starter_files.ts";
import { Workshop } from "../support/workshop.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("lib/create/_files.ts has the files of examples/starter: `deno task starter` writes it", async () => {
  const written = await Deno.readTextFile(new URL("lib/create/_files.ts", ROOT));
  assert(written === await starterModule(), "it is out of date: run `deno task starter`");
});

Deno.test("deno create writes an app that passes its own checks and tests", async () => {
  await using workshop = await Workshop.open();
  const created = await workshop.deno(".", "create", "-y", "jsr:@urvogel/realtime", "--", "my-room");
  assertEquals(created.code, 0, created.text);
  assertMatch(created.text, /cd my-room\n {2}deno task dev/);
  await workshop.hold(["my-room"]);
  const { code, text } = await workshop.deno("my-room", "task", "ok");
  assertEquals(code, 0, text);
  assertMatch(text, /4 passed \| 0 failed/);
});

Deno.test("deno create refuses a folder that is not empty, and writes nothing", async () => {
  await using workshop = await Workshop.open();
  const { code, text } = await workshop.deno(".", "create", "-y", "jsr:@urvogel/realtime", "--", ".");
  assertEquals(code, 1, text);
  assertMatch(text, /Cannot create app in "\.": the folder must be empty or not exist, found "deno.json" in it/);
  assertEquals((await Array.fromAsync(Deno.readDir(workshop.path))).map(({ name }) => name), ["deno.json"]);
});

for (const args of [[], ["a", "b"], ["--force"]]) {
  Deno.test(`deno create explains itself when its arguments are [${args}]`, async () => {
    await using workshop = await Workshop.open();
    const { code, text } = await workshop.deno(".", "create", "-y", "jsr:@urvogel/realtime", "--", ...args);
    assertEquals(code, 2, text);
    assertMatch(text, /Usage: deno create jsr:@urvogel\/realtime -- <folder>/);
  });
}

Deno.test("createApp() refuses a file", async () => {
  await using workshop = await Workshop.open();
  await assertRejects(() => createApp(`${workshop.path}/deno.json`), Error, "it is a file");
});

for (const [folder, name] of [["Our Room", "our-room"], ["<b>", "b"], ["…", "my-app"]] as const) {
  Deno.test(`createApp("${folder}") calls the app "${name}"`, async () => {
    await using workshop = await Workshop.open();
    const files = await createApp(`${workshop.path}/${folder}`);
    assert(files.includes("page/index.html"), `${files}`);
    assertMatch(await Deno.readTextFile(`${workshop.path}/${folder}/README.md`), new RegExp(`^# ${name}\n`));
  });
}

Deno.test("the Dockerfile of a new app runs what its task runs", async () => {
  await using workshop = await Workshop.open();
  const folder = `${workshop.path}/app`;
  await createApp(folder);
  const [, command = ""] = /^CMD (.*)$/m.exec(await Deno.readTextFile(`${folder}/Dockerfile`)) ?? [];
  const args: string[] = JSON.parse(command);
  assertEquals(
    ["deno", ...args.filter((arg) => arg !== "--cached-only")].join(" "),
    (await taskOf(folder, "start")).line,
  );
});

/** Enters the room, and says something. */
async function enter(page: Page, url: string, name: string, text: string): Promise<void> {
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  await page.getByLabel("Your name").fill(name);
  await page.keyboard.press("Enter");
  await page.getByText("Online").waitFor();
  await page.getByLabel("Message").fill(text);
  await page.keyboard.press("Enter");
}

browserTest("two pages of a new app talk", async (browser) => {
  await using workshop = await Workshop.open();
  await createApp(`${workshop.path}/app`);
  await workshop.hold(["app"]);
  await using program = new Program(await taskOf(`${workshop.path}/app`, "start"), { PORT: "0" });
  const [, url = ""] = await program.prints(/Open (http:\S+)/);
  const [ann, bob] = [await browser.newPage(), await browser.newPage()];
  const problems = [ann, bob].map((page) => new PageProblems(page));
  await enter(ann, url, "ann", "hello");
  await enter(bob, url, "bob", "hello, Ann");
  for (const page of [ann, bob]) {
    await page.getByText("bob: hello, Ann").waitFor();
    await page.getByText("ann: hello", { exact: true }).waitFor();
    await page.getByText("ann, bob").waitFor();
  }
  for (const each of problems) each.assertNone();
  await assertUsableEverywhere(ann, "starter");
  assertEquals((await program.end("SIGTERM")).code, 0);
});
