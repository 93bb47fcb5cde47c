/**
 * The page of the guide "Getting started" in a real browser, from the program that the guide says to start.
 */

import { assertEquals } from "@std/assert";
import { programOf } from "../support/guides/guide_command.ts";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { stepsOf } from "../support/guides/guide.ts";
import { Program } from "../support/program.ts";
import { type Browser, browserTest } from "./chromium.ts";
import { type GuidePage, openGuidePage } from "./guide_page.ts";

const GUIDE = new URL("../../examples/guides/getting_started.md", import.meta.url);

/** Opens the page as somebody, and waits until it knows the name. */
async function enter(browser: Browser, url: string, name: string): Promise<GuidePage> {
  const guide = await openGuidePage(browser, url, name);
  await guide.page.getByText(`You are ${name}`).waitFor();
  return guide;
}

browserTest("the page of the guide shows what is said, and who is here", async (browser) => {
  await using folders = await GuideFolders.write(new Map([["guide", stepsOf(await Deno.readTextFile(GUIDE))]]));
  const step = folders.steps.findLast(({ commands }) => commands.length > 0)!;
  await using program = new Program(await programOf(step.commands[0]!, step.folder), { PORT: "0" });
  const [url] = await program.prints(/http:\S+/);
  const { page: ann, problems } = await enter(browser, url, "Ann");
  const { page: bob, problems: problemsOfBob } = await enter(browser, url, "Bob");
  await ann.getByText("Here: Ann, Bob").waitFor();
  await bob.getByLabel("Message").fill("<b>hello</b>");
  await bob.getByText("Say").click();
  await ann.getByText("Bob: <b>hello</b>").waitFor();
  await bob.getByText("Bob: <b>hello</b>").waitFor();
  assertEquals(await bob.getByLabel("Message").inputValue(), "");
  await bob.close();
  await ann.getByText("Here: Ann", { exact: true }).waitFor();
  problems.assertNone();
  problemsOfBob.assertNone();
});
