/**
 * What the chat of `examples/chat` does, run as its README says, in a real browser.
 */

import { assertEquals } from "@std/assert";
import type { ChatPage } from "./chat_page.ts";
import { browserTest } from "./chromium.ts";
import { COMMANDS, RunningChat, type Steps } from "./running_chat.ts";

const LOST = "Connection lost, trying again…";

const steps: Steps = {
  async "carries messages both ways, in order"(chat) {
    const { ann, bob } = await chat.openForTwo();
    for (let i = 1; i <= 5; i++) {
      await ann.says(`ann ${i}`);
      await bob.reads(`ann ${i}`);
      await bob.says(`bob ${i}`);
      await ann.reads(`bob ${i}`);
    }
    for (let i = 6; i <= 15; i++) await ann.says(`ann ${i}`);
    await bob.reads("ann 15");
    await ann.reads("ann 15");
    const expected = [1, 2, 3, 4, 5].flatMap((i) => [`ann ${i}`, `bob ${i}`]);
    for (let i = 6; i <= 15; i++) expected.push(`ann ${i}`);
    assertEquals(await ann.messages(), expected);
    assertEquals(await bob.messages(), expected);
    ann.hasNoProblems();
    bob.hasNoProblems();
  },

  async "knows a message again when only the answer to it got lost"(chat) {
    const { ann, bob } = await chat.openForTwo();
    let hears = true;
    let cut = () => {};
    await ann.page.routeWebSocket(/./, (client) => {
      const server = client.connectToServer();
      server.onMessage((message) => hears && client.send(message));
      cut = () => void client.close({ code: 1001 });
    });
    await ann.page.reload();
    await ann.seesPeople("ann", "bob");
    hears = false;
    await ann.says("heard by all but me");
    await bob.reads("heard by all but me");
    assertEquals(await ann.page.locator(".pending").count(), 1);
    hears = true;
    cut();
    await ann.reads("heard by all but me");
    for (const page of [ann, bob]) assertEquals(await page.messages(), ["heard by all but me"]);
    assertEquals(await ann.page.locator(".pending, .failed").count(), 0);
  },

  async "shows what was missed while somebody was away"(chat) {
    const { ann, bob, away } = await openWithCuts(chat);
    await bob.says("before");
    await ann.reads("before");
    await away(async () => {
      for (const text of ["one", "two", "three"]) await bob.says(text);
      await bob.reads("three");
    });
    await ann.reads("three");
    await bob.says("after");
    await ann.reads("after");
    const shown = await ann.page.locator(".message p, .note", { hasNotText: /came in|left/ }).allTextContents();
    assertEquals(shown, ["before", "3 messages while you were away", "one", "two", "three", "after"]);
    await away(() => Promise.resolve());
    await bob.says("nothing missed");
    await ann.reads("nothing missed");
    assertEquals(await ann.notes().getByText("while you were away").count(), 1);
  },

  async "says so when too much was missed"(chat) {
    const { ann, bob, away } = await openWithCuts(chat);
    await bob.says("before");
    await ann.reads("before");
    await away(async () => {
      for (let n = 1; n <= 60; n++) await bob.says(`${n}`); // 50 are kept
      await bob.reads("60");
    });
    await ann.reads("60");
    const shown = await ann.page.locator(".message p, .note", { hasNotText: /came in|left/ }).allTextContents();
    const kept = Array.from({ length: 50 }, (_, i) => `${i + 11}`);
    assertEquals(shown, ["before", "You were away: messages may be missing here", ...kept]);
  },

  async "sends what was written while the server was away, however long that was"(chat) {
    const { ann, bob } = await chat.openForTwo();
    await ann.page.clock.install();
    await chat.kill("SIGTERM");
    await ann.shows(LOST);
    await ann.says("one");
    await ann.says("two");
    await ann.page.clock.fastForward("00:30"); // longer than phoenix.js waits
    await chat.restart();
    for (const page of [bob, ann]) {
      await page.reads("two");
      assertEquals(await page.messages(), ["one", "two"]);
    }
    assertEquals(await ann.page.locator(".pending, .failed").count(), 0);
  },

  async "says in one line that its server was killed, and killed again"(chat) {
    const { ann, bob, url } = await chat.openForTwo();
    const others = await Promise.all(["cleo", "dan"].map((name) => chat.open(url, name)));
    const people = ["ann", "bob", "cleo", "dan"];
    await bob.seesPeople(...people);
    await bob.notes().getByText("came in").filter({ hasText: "cleo" }).filter({ hasText: "dan" }).waitFor();
    await ann.says("before");
    await bob.reads("before");
    await bob.page.clock.install();
    for (let times = 1; times <= 2; times++) {
      await chat.kill("SIGKILL");
      for (const page of [ann, bob]) await page.shows(LOST);
      await chat.restart();
      for (const page of [ann, bob, ...others]) await page.shows("Back online");
      for (const page of [ann, bob]) await page.seesPeople(...people);
    }
    await bob.page.clock.fastForward("00:10");
    await bob.says("after");
    await ann.reads("after");
    await bob.reads("after");
    const shown = await bob.page.locator(".message p, .note").allTextContents();
    const since = shown.slice(shown.indexOf("before"));
    assertEquals(since, ["before", "You were away: messages may be missing here", "after"]);
    for (const page of [ann, bob]) page.hasNoProblems(/^WebSocket connection to .* failed/); // while there is no server
  },
};

/** Opens the chat for ann, whose connection can be cut, and for bob. */
async function openWithCuts(chat: RunningChat): Promise<{
  ann: ChatPage;
  bob: ChatPage;
  away(whileAway: () => Promise<void>): Promise<void>;
}> {
  const { ann, bob } = await chat.openForTwo();
  let isAway = false;
  let cut = () => {};
  await ann.page.routeWebSocket(/./, (client) => {
    if (isAway) return void client.close({ code: 1001 });
    client.connectToServer();
    cut = () => void client.close({ code: 1001 });
  });
  await ann.page.reload();
  await ann.seesPeople("ann", "bob");
  return {
    ann,
    bob,
    async away(whileAway) {
      isAway = true;
      cut();
      await ann.shows(LOST);
      await whileAway();
      isAway = false;
      await ann.shows("Back online");
    },
  };
}

for (const [transport, command] of Object.entries(COMMANDS)) {
  browserTest(`chat (${transport})`, async (browser, t) => {
    await using chat = await RunningChat.start(browser, command);
    await chat.runSteps(t, steps);
  });
}
