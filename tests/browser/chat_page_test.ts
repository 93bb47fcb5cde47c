/**
 * What the page of `examples/chat` shows, in a real browser.
 */

import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { browserTest } from "./chromium.ts";
import { SMALL } from "./devices.ts";
import { COMMANDS, RunningChat, type Steps } from "./running_chat.ts";

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
    const title = await ann.page.getByRole("heading", { name: "# lobby" }).boundingBox();
    assert(title !== null && title.width >= 75, "there is room for the name beside the status");
    await ann.opensSide();
    await ann.goesTo("help");
    await ann.page.getByRole("alert").getByText("A message in # lobby was not sent. It waits there.").waitFor();
    assertEquals(await ann.messages(), []);
    await chat.restart();
    await ann.shows("Back online");
    await ann.opensSide();
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
};

browserTest("chat's page", async (browser, t) => {
  await using chat = await RunningChat.start(browser, COMMANDS.native);
  await chat.runSteps(t, steps);
});
