/**
 * The page of `examples/chat` on a phone, with a keyboard alone, with long names, in both themes.
 *
 * With `SCREENSHOTS=<folder>` it also takes the pictures of the README there.
 */

import { assert, assertLess } from "@std/assert";
import { until } from "../support/until.ts";
import type { ChatPage } from "./chat_page.ts";
import { browserTest, type Locator } from "./chromium.ts";
import { PHONE, SMALL } from "./devices.ts";
import { COMMANDS, RunningChat, type Steps } from "./running_chat.ts";

const LONG = "W".repeat(32);
/** Not more than one line of text. */
const LINE_PX = 32;

const steps: Steps = {
  async "keeps a long name in one line"(chat) {
    const url = chat.newRoom();
    for (const options of [{}, PHONE, SMALL]) {
      const page = await chat.open(url, LONG, options);
      await page.says(`I have ${options === SMALL ? "a small" : "some"} window, and one word: ${"x".repeat(300)}`);
      await page.page.locator(".message.own:not(.pending)").first().waitFor();
      const names = await heightsOf(page.page.locator(".message .name:visible"));
      await page.opensSide();
      names.push(...await heightsOf(page.page.locator("#people .name, .me b")));
      assert(names.length >= 2 && names.every((height) => height > 0 && height < LINE_PX), `${names}`);
      await page.isUsable("long names");
    }
  },

  async "can be used with a keyboard alone"(chat) {
    const { ann, bob } = await chat.openForTwo();
    for (let i = 1; i <= 30; i++) await ann.says(`message ${i}`);
    await bob.reads("message 30");
    await bob.page.getByLabel("Messages").focus();
    await bob.page.keyboard.press("Home");
    await until(() => isInSight(bob, bob.message("message 1")), "the first message is in sight");
    await ann.says("something new");
    const newest = bob.page.getByRole("button", { name: "New messages" });
    await newest.press("Enter");
    await newest.waitFor({ state: "hidden" });
    assert(await isInSight(bob, bob.message("something new")));
    await bob.isUsable("lists that scroll");
    await bob.page.getByLabel("People in this room").focus();
    await bob.page.keyboard.press("Shift+Tab");
    await bob.page.keyboard.press("Shift+Tab");
    await bob.page.keyboard.type("garden");
    await bob.page.keyboard.press("Enter");
    await bob.isIn("garden");
    bob.hasNoProblems();
  },

  async "is usable on a phone"(chat) {
    const url = chat.newRoom();
    const ann = await chat.open(url, "ann", PHONE);
    const bob = await chat.open(url, "bob");
    for (let i = 1; i <= 20; i++) await bob.says(`message ${i}`);
    await ann.reads("message 20");
    await ann.page.getByLabel("Message", { exact: true }).fill("from a phone");
    await ann.page.getByRole("button", { name: "Send" }).tap();
    await bob.reads("from a phone");
    assert(await isInSight(ann, ann.message("from a phone")));
    assert(await isInSight(ann, ann.page.getByRole("button", { name: "Send" })));
    const [header = Infinity] = await heightsOf(ann.page.locator("header"));
    assertLess(header, 60);

    await ann.opensSide();
    await ann.isUsable("the side of a phone");
    await ann.goesTo("coffee");
    await ann.page.getByLabel("Another room").waitFor({ state: "hidden" });
    await ann.opensSide();
    await ann.page.getByLabel("Another room").fill("garden");
    await ann.page.getByRole("button", { name: "Enter the room" }).tap();
    await ann.isIn("garden");
    await ann.seesPeople("ann");
    await ann.opensSide();
    await ann.page.getByTitle("Change your name").tap();
    await ann.givesName("anna");
    await ann.seesPeople("anna");
    ann.hasNoProblems();
  },

  async "is accessible, and no wider than its window, in both themes"(chat) {
    for (const colorScheme of ["light", "dark"] as const) {
      const url = chat.newRoom();
      const pages: ChatPage[] = [];
      for (const [name, options] of Object.entries({ ann: {}, bob: PHONE, cleo: SMALL })) {
        pages.push(await chat.open(url, name, { ...options, colorScheme }));
      }
      for (const page of pages) {
        await page.page.getByRole("heading", { name: "It is quiet in here" }).waitFor();
        await page.isUsable(`an empty room, ${colorScheme}`);
      }
      for (const [i, page] of pages.entries()) {
        for (let n = 0; n < 2; n++) await page.says(`https://deno.com/${"x".repeat(80 * n)} ${i}`);
        for (const other of pages) await other.reads(`https://deno.com/${"x".repeat(80)} ${i}`);
      }
      for (const page of pages) await page.isUsable(`a talk, ${colorScheme}`);
      const [, , small] = pages as [ChatPage, ChatPage, ChatPage];
      await small.opensSide();
      await small.isUsable(`the side, ${colorScheme}`);
      for (const page of pages) await page[Symbol.asyncDispose]();
    }
  },
};

async function heightsOf(locator: Locator): Promise<number[]> {
  const boxes = await Promise.all((await locator.all()).map((each) => each.boundingBox()));
  return boxes.map((box) => box?.height ?? 0);
}

/** Whether an element is in the window, all of it. */
async function isInSight({ page }: ChatPage, locator: Locator): Promise<boolean> {
  const [box, size] = [await locator.boundingBox(), page.viewportSize()];
  return box !== null && size !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= size.width &&
    box.y + box.height <= size.height;
}

/** Takes the pictures of the README: ann at a desk, and dmitri on the way, at night. */
async function takePictures(chat: RunningChat, folder: string): Promise<void> {
  const url = chat.room("lobby");
  const ann = await chat.open(url, "ann", { viewport: { width: 1200, height: 760 }, deviceScaleFactor: 1.5 });
  const others = new Map<string, ChatPage>([["ann", ann]]);
  for (const name of ["bob", "chloé"]) others.set(name, await chat.open(url, name));
  others.set("dmitri", await chat.open(url, "dmitri", { ...PHONE, colorScheme: "dark" }));
  await ann.notes().filter({ hasText: /bob.*chloé.*dmitri/ }).waitFor();
  for (const [name, text] of TALK) {
    await others.get(name)!.says(text);
    for (const page of others.values()) await page.reads(text);
  }
  await ann.page.screenshot({ path: `${folder}/screenshot.png` });
  await others.get("dmitri")!.page.screenshot({ path: `${folder}/phone.png` });
}

const TALK = [
  ["ann", "Good morning! Did the release go out?"],
  ["bob", "It did, an hour ago."],
  ["bob", "All four clients reconnected by themselves when the server restarted. Notes: https://deno.com/blog"],
  ["chloé", "I watched the list: nobody was lost, nobody was there twice."],
  ["ann", "And old phoenix.js 1.2 clients?"],
  ["dmitri", "Same server, same topic. They speak V1, we speak V2, nobody notices."],
  ["dmitri", "<b>Not bold</b>, by the way: just text."],
  ["ann", "Lovely. Coffee?"],
] as const;

browserTest("chat's page looks well", async (browser, t) => {
  await using chat = await RunningChat.start(browser, COMMANDS.native);
  await chat.runSteps(t, steps);
  const folder = Deno.env.get("SCREENSHOTS");
  if (folder) await takePictures(chat, folder);
});
