/**
 * `examples/react`, copied as a user would: built by Vite, and used by two pages.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { connect } from "@urvogel/realtime/testing";
import { endpoint } from "../../examples/react/list.ts";
import { assertUsableEverywhere } from "../browser/accessibility.ts";
import { browserTest } from "../browser/chromium.ts";
import { PageProblems } from "../browser/page_problems.ts";
import { Program, taskOf } from "../support/program.ts";
import { Workshop } from "../support/workshop.ts";

Deno.test("examples/react shows each change to all, and refuses more than the list holds", async () => {
  await using ann = await connect(endpoint);
  await using bob = await connect(endpoint);
  const [anns, bobs] = [await ann.join("list"), await bob.join("list")];
  await anns.assertReply(anns.push("add", { text: " Bread " }), "ok");
  await bobs.assertPush("items", { items: [{ id: 0, text: "Bread", isDone: false }] });
  await bobs.assertReply(bobs.push("check", { id: 0, isDone: true }), "ok");
  await anns.assertPush("items", { items: [{ id: 0, text: "Bread", isDone: true }] });
  await anns.assertReply(anns.push("add", { text: " " }), "error", { reason: "invalid payload" });
  for (let count = 1; count < 50; count++) await anns.assertReply(anns.push("add", { text: `${count}` }), "ok");
  await anns.assertReply(anns.push("add", { text: "one more" }), "error", { reason: "the list is full" });
});

browserTest("examples/react: Vite builds a page that shows what another page changes", async (browser) => {
  await using workshop = await Workshop.open();
  const app = await workshop.copy("react");
  await workshop.hold([app]);
  const { code, text } = await workshop.deno(app, "task", "build");
  assertEquals(code, 0, text);
  await using program = new Program(await taskOf(`${workshop.path}/${app}`, "start"), { PORT: "0" });
  const [, url = ""] = await program.prints(/open (http:\S+)/);
  const [ann, bob] = [await browser.newPage(), await browser.newPage()];
  const problems = [ann, bob].map((page) => new PageProblems(page));
  for (const page of [ann, bob]) {
    page.setDefaultTimeout(20_000);
    await page.goto(url);
    await page.getByText("Online").waitFor();
  }
  await ann.getByLabel("Item").fill("Bread");
  await ann.keyboard.press("Enter");
  await bob.getByRole("checkbox", { name: "Bread", checked: false }).click();
  await ann.getByRole("checkbox", { name: "Bread", checked: true }).waitFor();
  for (const each of problems) each.assertNone();
  await assertUsableEverywhere(ann, "react");
  // Vite has left nothing of the server, or of the schemas, in the page.
  const [, script = ""] = /src="(\S+\.js)"/.exec(await (await fetch(url)).text()) ?? [];
  const built = await (await fetch(url + script)).text();
  assertMatch(built, /phx_join/);
  assertEquals(/urvogel|ZodObject/.exec(built), null);
  assertEquals((await program.end("SIGTERM")).code, 0);
});
