/**
 * The example of the README in a real browser, from the command that the README says to type.
 */

import { programOf } from "../support/guides/guide_command.ts";
import { GuideFolders } from "../support/guides/guide_folder.ts";
import { readmeStep } from "../support/guides/readme.ts";
import { Program } from "../support/program.ts";
import { browserTest, type Page } from "./chromium.ts";
import { openGuidePage } from "./guide_page.ts";

/** Says hello, and waits until the own page shows it: phoenix.js keeps what is said before it has joined. */
async function hello(from: Page, name: string): Promise<void> {
  await from.getByLabel("Message").fill("hello");
  await from.getByText("Say").click();
  await from.getByText(`${name}: hello`).waitFor();
}

browserTest("two tabs with the page of the README say hello to each other", async (browser) => {
  await using folders = await GuideFolders.write(new Map([["readme", [await readmeStep()]]]));
  const step = folders.steps[0]!;
  await using program = new Program(await programOf(step.commands[0]!, step.folder));
  const [url] = await program.prints(/http:\/\/[\w.:]+/);
  const ann = await openGuidePage(browser, url, "Ann");
  await hello(ann.page, "Ann");
  const bob = await openGuidePage(browser, url, "Bob");
  await hello(bob.page, "Bob");
  await ann.page.getByText("Bob: hello").waitFor();
  ann.problems.assertNone();
  bob.problems.assertNone();
});
