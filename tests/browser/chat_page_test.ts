/**
 * What the page of `examples/chat` looks like, and how it is used: with a keyboard, on a phone, in both themes.
 *
 * With `SCREENSHOTS=<folder>` it also takes the picture of the README.
 */

import { assert, assertEquals, assertLess, assertNotMatch } from "@std/assert";
import type { ChatPage } from "./chat_page.ts";
import { browserTest, type Locator } from "./chromium.ts";
import { until } from "../support/until.ts";
import { COMMANDS, RunningChat, type Steps } from "./running_chat.ts";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const SMALL = { ...PHONE, viewport: { width: 320, height: 568 } };
const LONG = "W".repeat(32);
/** Not more than one line of text. */
const LINE_PX = 32;

const steps: Steps = {
  async "shows the HTML of a message, a name and a room as text"(chat) {
    const { ann, bob, url } = await chat.openForTwo();
    const html = `<b>bold</b><img src=x onerror="document.title='caught'"><script>document.title='caught'</script>`;
    await ann.says(html);
    await bob.reads(html);
    assertEquals(await bob.page.locator(".message :is(b, img, script)").count(), 0);
    assertNotMatch(await bob.page.title(), /caught/);
    const guest = await chat.open(url, "<i>eve</i>");
    await bob.seesPeople("<i>eve</i>", "ann", "bob");
    for (const page of [ann, bob, guest]) page.hasNoProblems();
  },

  async "lists a person once, however many tabs are open"(chat) {
    const { ann, bob } = await chat.openForTwo();
    const second = await ann.anotherTab();
    await second.seesPeople("ann", "bob");
    await second.says("from the second tab");
    for (const page of [ann, bob, second]) await page.reads("from the second tab");
    for (const page of [ann, second]) assertEquals(await page.page.locator(".message.own").count(), 1);
    await bob.seesPeople("ann", "bob");
    await second.page.close();
    await ann.says("still here");
    await bob.reads("still here");
    await bob.seesPeople("ann", "bob");
    await bob.page.clock.install();
    await ann.page.close();
    await bob.seesPeople("bob");
    await bob.page.clock.fastForward(600);
    await bob.page.clock.fastForward("00:05");
    await bob.notes().getByText("left").waitFor();
    assertEquals(await bob.notes().locator("bdi").allTextContents(), ["ann"]);
  },

  async "lets a person change the name, in all tabs"(chat) {
    const { ann, bob } = await chat.openForTwo();
    const second = await ann.anotherTab();
    await ann.page.getByTitle("Change your name").click();
    await ann.givesName("anna");
    await bob.notes().getByText("is now").waitFor();
    assertEquals(await bob.notes().locator("bdi").allTextContents(), ["ann", "anna"]);
    for (const page of [ann, bob, second]) await page.seesPeople("anna", "bob");
    await second.says("a new name");
    await bob.reads("a new name");
    await ann.reads("a new name");
    assertEquals(await bob.message("a new name").locator("bdi").textContent(), "anna");
  },

  async "keeps rooms apart, and what was said in them"(chat) {
    const url = chat.room("lobby");
    const [ann, bob] = [await chat.open(url, "ann"), await chat.open(url, "bob")];
    await ann.seesPeople("ann", "bob");
    await ann.says("in the lobby");
    await bob.reads("in the lobby");
    await bob.goesTo("coffee");
    await bob.seesPeople("bob");
    await ann.seesPeople("ann");
    await bob.says("in the coffee room");
    await bob.reads("in the coffee room");
    await ann.goesTo("coffee");
    await ann.reads("in the coffee room");
    assertEquals(await ann.messages(), ["in the coffee room"]);
    await bob.page.getByLabel("Another room").fill("a new room");
    await bob.page.keyboard.press("Enter");
    await bob.isIn("a-new-room");
    await bob.goesTo("lobby");
    await bob.reads("in the lobby");
  },

  async "says what was not sent, and sends it again"(chat) {
    const { ann, bob } = await chat.openForTwo();
    let isHeard = false;
    await ann.page.routeWebSocket(/./, (client) => {
      const server = client.connectToServer();
      client.onMessage((message) => (isHeard || !/"say"/.test(`${message}`)) && server.send(message));
    });
    await ann.page.clock.install();
    await ann.page.reload();
    await ann.seesPeople("ann", "bob");
    await ann.says("hello?");
    await ann.message("hello?").and(ann.page.locator(".pending")).waitFor();
    await ann.page.clock.fastForward("00:10");
    await ann.failed().getByText("Not sent: no answer").waitFor();
    await ann.isUsable("a message that was not sent");
    isHeard = true;
    await ann.failed().getByRole("button", { name: "Send again" }).click();
    await bob.reads("hello?");
    await ann.reads("hello?");
  },

  async "keeps an unsent message when its writer goes to another room"(chat) {
    const ann = await chat.open(chat.room("lobby"), "ann", { ...SMALL, colorScheme: "dark" });
    await chat.kill("SIGKILL");
    await ann.shows("Connection lost, trying again…");
    await ann.says("for the lobby");
    await ann.isUsable("no connection");
    await opensSide(ann);
    await ann.goesTo("help");
    await ann.page.getByRole("alert").getByText("A message in # lobby was not sent. It waits there.").waitFor();
    assertEquals(await ann.messages(), []);
    await chat.restart();
    await ann.shows("Back online");
    await opensSide(ann);
    await ann.goesTo("lobby");
    await ann.reads("for the lobby");
    assertEquals(await ann.page.getByRole("alert").count(), 0);
  },

  async "groups the messages of one person"(chat) {
    const { ann, bob } = await chat.openForTwo();
    for (const text of ["one", "two", "three"]) await ann.says(text);
    await bob.reads("three");
    await bob.says("four");
    await ann.reads("four");
    const heads = bob.page.locator(".message:not(.more)");
    assertEquals(await heads.locator("p").allTextContents(), ["one", "four"]);
    assertEquals(await bob.message("two").locator("bdi").textContent(), "ann"); // for those who cannot see the group
    await bob.page.routeWebSocket(/./, (client) => {
      const server = client.connectToServer();
      server.onMessage((message) =>
        client.send(`${message}`.replace(/"much later",(.*)"at":\d+/, `"much later",$1"at":9e12`))
      );
    });
    await bob.page.reload();
    await ann.says("now");
    await ann.says("much later");
    await bob.reads("much later");
    assertEquals(await heads.locator("p").allTextContents(), ["one", "four", "now", "much later"]);
    for (const page of [ann, bob]) page.hasNoProblems();
  },

  async "makes links of addresses of the web, and of nothing else"(chat) {
    const { ann, bob } = await chat.openForTwo();
    const text =
      "See https://deno.com/a?b=1 (or HTTP://example.org/x_(y)), not javascript:alert(1) or https://a@evil.test";
    await ann.says(text);
    await bob.reads(text);
    const links = bob.page.locator(".message a");
    assertEquals(await links.allTextContents(), ["https://deno.com/a?b=1", "HTTP://example.org/x_(y)"]);
    for (const link of await links.all()) {
      assertEquals(await link.getAttribute("target"), "_blank");
      assertEquals(await link.getAttribute("rel"), "noopener noreferrer nofollow");
    }
    assertEquals(await links.last().getAttribute("href"), "http://example.org/x_(y)");
  },

  async "invites to say something in an empty room"(chat) {
    const url = chat.newRoom();
    const ann = await chat.open(url, "ann");
    await ann.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const invitation = ann.page.getByRole("heading", { name: "It is quiet in here" });
    await invitation.waitFor();
    assertEquals(await ann.page.getByLabel("Link to this room").inputValue(), url);
    await ann.page.getByRole("button", { name: "Copy link" }).click();
    await ann.page.getByRole("button", { name: "Copied" }).waitFor();
    assertEquals(await ann.page.evaluate("navigator.clipboard.readText()"), url);
    await ann.says("the first word");
    await ann.reads("the first word");
    await invitation.waitFor({ state: "hidden" });
    ann.hasNoProblems();
  },

  async "says what is wrong with the name of a room"(chat) {
    const ann = await chat.open(chat.room("lobby"), "ann");
    const field = ann.page.getByLabel("Another room");
    await field.fill("a/b!");
    await ann.page.keyboard.press("Enter");
    const problem = ann.page.getByRole("alert");
    await problem.getByText("“a/b!” cannot be a room: use 1 to 40 letters, digits, - and _").waitFor();
    assertEquals([await field.inputValue(), await field.getAttribute("aria-invalid")], ["a/b!", "true"]);
    await ann.isUsable("a bad name");
    await field.fill("garden");
    assertEquals([await problem.count(), await field.getAttribute("aria-invalid")], [0, null]);
    await ann.page.keyboard.press("Enter");
    await ann.isIn("garden");
    for (const [hash, shown] of [["a%20b", "“a b”"], ["%E0%A4%A", "“%E0%A4%A”"]]) {
      await ann.page.evaluate(`location.hash = "${hash}"`);
      await problem.getByText(`${shown} cannot be a room`).waitFor();
      await ann.isIn("garden"); // still
      assertEquals(new URL(ann.page.url()).hash, "#garden");
    }
    const bob = await chat.open(chat.room("no/room"), "bob");
    await bob.page.getByRole("alert").getByText("“no/room” cannot be a room").waitFor();
    await bob.isIn("lobby");
    for (const page of [ann, bob]) page.hasNoProblems();
  },

  async "tells two people of one name apart"(chat) {
    const { ann, bob, url } = await chat.openForTwo();
    await ann.says("I am ann.");
    await bob.reads("I am ann.");
    const marks = bob.page.locator("#people .mark:visible");
    assertEquals(await marks.count(), 0);
    const other = await chat.open(url, "Ann");
    await bob.seesPeople("ann", "Ann", "bob");
    await other.says("So am I.");
    await bob.reads("So am I.");
    const [first, second, ...more] = await marks.allTextContents();
    assert(first !== second && more.length === 0);
    for (const [text, mark] of [["I am ann.", first], ["So am I.", second]] as const) {
      assertEquals(await bob.message(text).locator(".mark:visible").textContent(), mark);
    }
    assertEquals(await other.page.locator(".message.own p").allTextContents(), ["So am I."]);
    const hues = await bob.page.evaluate("[...document.querySelectorAll('#people li')].map((li) => li.style.cssText)");
    assertEquals(new Set(hues as string[]).size, 3);
    await bob.isUsable("two people of one name");
  },

  async "keeps a long name in one line"(chat) {
    const url = chat.newRoom();
    for (const options of [{}, PHONE, SMALL]) {
      const page = await chat.open(url, LONG, options);
      await page.says(`I have ${options === SMALL ? "a small" : "some"} window, and one word: ${"x".repeat(300)}`);
      await page.page.locator(".message.own:not(.pending)").first().waitFor();
      const names = await heightsOf(page.page.locator(".message .name:visible"));
      await opensSide(page);
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

    await opensSide(ann);
    await ann.isUsable("the side of a phone");
    await ann.goesTo("coffee");
    await ann.page.getByLabel("Another room").waitFor({ state: "hidden" });
    await opensSide(ann);
    await ann.page.getByLabel("Another room").fill("garden");
    await ann.page.getByRole("button", { name: "Enter the room" }).tap();
    await ann.isIn("garden");
    await ann.seesPeople("ann");
    await opensSide(ann);
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
      await opensSide(small);
      await small.isUsable(`the side, ${colorScheme}`);
      for (const page of pages) await page[Symbol.asyncDispose]();
    }
  },
};

/** Opens the rooms and people where they are not beside the room. */
async function opensSide({ page }: ChatPage): Promise<void> {
  const menu = page.locator("header").getByRole("button", { name: "Rooms and people" });
  if (await menu.isVisible()) await menu.tap();
  await page.getByLabel("Another room").waitFor();
}

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

browserTest("chat's page", async (browser, t) => {
  await using chat = await RunningChat.start(browser, COMMANDS.native);
  await chat.runSteps(t, steps);
});
