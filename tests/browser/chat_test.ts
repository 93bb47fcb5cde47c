/**
 * The chat of `examples/chat`, run as its README says, in a real browser.
 */

import { assert, assertEquals, assertNotMatch } from "@std/assert";
import { type Command, commandOf, Program } from "../support/program.ts";
import { ChatPage } from "./chat_page.ts";
import { type Browser, browserTest } from "./chromium.ts";

/** The chat as its README says, and by `serve`. */
const COMMANDS: Readonly<Record<string, Command | string>> = {
  native: await commandOf("examples/chat/README.md"),
  frames: "deno run -A tests/fixtures/chat_app.ts",
};

type Start = (port?: string) => Promise<RunningChat>;

interface RunningChat {
  readonly program: Program;
  readonly url: string;
  readonly port: string;
}

async function startChat(command: Command | string, port = "0"): Promise<RunningChat> {
  const program = new Program(command, { PORT: port });
  const [, url = ""] = await program.prints(/open (http:\S+)/);
  return { program, url, port: new URL(url).port };
}

/** A test with each way to serve the chat. */
function startTest(name: string, fn: (browser: Browser, startChat: Start) => Promise<void>): void {
  for (const [transport, command] of Object.entries(COMMANDS)) {
    browserTest(`${name} (${transport})`, (browser) => fn(browser, (port) => startChat(command, port)));
  }
}

/** A test with the chat and the pages of ann and bob, whose consoles have to stay clean. */
function chatTest(name: string, fn: (pages: { ann: ChatPage; bob: ChatPage; url: string }) => Promise<void>): void {
  startTest(name, async (browser, startChat) => {
    const { program, url } = await startChat();
    await using _ = program;
    const [ann, bob] = await bothOpen(browser, url);
    await fn({ ann, bob, url });
    ann.hasNoProblems();
    bob.hasNoProblems();
  });
}

async function bothOpen(browser: Browser, url: string): Promise<[ChatPage, ChatPage]> {
  const ann = await ChatPage.open(browser, url, "ann");
  const bob = await ChatPage.open(browser, url, "bob");
  for (const chat of [ann, bob]) await chat.seesPeople("ann", "bob");
  return [ann, bob];
}

chatTest("chat carries messages both ways, in order", async ({ ann, bob }) => {
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
});

chatTest("chat shows the HTML of a message, a name and a room as text", async ({ ann, bob, url }) => {
  const html = `<b>bold</b><img src=x onerror="document.title='caught'"><script>document.title='caught'</script>`;
  await ann.says(html);
  await bob.reads(html);
  assertEquals(await bob.page.locator(".message :is(b, img, script)").count(), 0);
  assertNotMatch(await bob.page.title(), /caught/);
  const guest = await ChatPage.open(bob.page.context().browser()!, url, "<i>eve</i>");
  await bob.seesPeople("<i>eve</i>", "ann", "bob");
  guest.hasNoProblems();
});

chatTest("chat keeps rooms apart, and what was said in them", async ({ ann, bob }) => {
  await ann.says("in the lobby");
  await bob.reads("in the lobby");
  await bob.goesTo("coffee");
  await bob.seesPeople("bob");
  await ann.seesPeople("ann");
  await ann.notes().getByText("bob left").waitFor();
  await bob.says("in the coffee room");
  await bob.reads("in the coffee room");
  await ann.goesTo("coffee");
  await ann.reads("in the coffee room");
  assertEquals(await ann.messages(), ["in the coffee room"]);
  await bob.page.getByLabel("Another room").fill("a new room");
  await bob.page.keyboard.press("Enter");
  await bob.page.getByRole("heading", { name: "# a-new-room" }).waitFor();
  await bob.goesTo("lobby");
  await bob.reads("in the lobby");
});

chatTest("chat lists a person once, however many tabs are open", async ({ ann, bob }) => {
  const second = await ann.anotherTab();
  await second.seesPeople("ann", "bob");
  await second.says("from the second tab");
  for (const chat of [ann, bob, second]) await chat.reads("from the second tab");
  await bob.seesPeople("ann", "bob");
  await second.page.close();
  await ann.says("still here");
  await bob.reads("still here");
  await bob.seesPeople("ann", "bob");
  await ann.page.close();
  await bob.seesPeople("bob");
  assertEquals(await bob.notes().allTextContents(), ["ann left"]);
});

chatTest("chat lets a person change the name", async ({ ann, bob }) => {
  await ann.page.getByTitle("Change your name").click();
  await ann.page.getByLabel("Your name", { exact: true }).fill("anna");
  await ann.page.getByRole("button", { name: "Join the chat" }).click();
  await bob.notes().getByText("anna came in").waitFor();
  await bob.seesPeople("anna", "bob");
  await ann.says("a new name");
  await bob.reads("a new name");
  await ann.shows("Online");
  await ann.seesPeople("anna", "bob");
});

startTest("chat comes back after its server was killed, and says what was not sent", async (browser, startChat) => {
  const first = await startChat();
  await using _first = first.program;
  const [ann, bob] = await bothOpen(browser, first.url);
  await ann.page.clock.install();
  await ann.says("before");
  await bob.reads("before");

  await first.program.end("SIGKILL");
  for (const chat of [ann, bob]) await chat.shows("Connection lost, trying again…");
  await ann.says("lost?");
  await ann.page.locator(".pending", { hasText: "lost?" }).waitFor();
  await ann.page.clock.fastForward("00:10");
  await ann.failed().getByText("Not sent: no answer").waitFor();
  assertEquals(await ann.messages(), ["before", "lost?"]);

  const { program } = await startChat(first.port);
  await using _second = program;
  for (const chat of [ann, bob]) {
    await chat.shows("Back online");
    await chat.seesPeople("ann", "bob");
  }
  await bob.says("welcome back");
  await ann.reads("welcome back");
  assertEquals(await ann.failed().count(), 1); // still there, until ann decides
  await ann.failed().getByRole("button", { name: "Send again" }).click();
  await bob.reads("lost?");
  await ann.reads("lost?");
  for (const chat of [ann, bob]) {
    await chat.notes().getByText("You were away for too long: messages are missing here").waitFor();
    assertEquals(await chat.messages(), ["before", "welcome back", "lost?"]);
    chat.hasNoProblems(/^WebSocket connection to .* failed/); // the browser says so while there is no server
  }
});

startTest("chat sends what was written while the server was away for a moment", async (browser, startChat) => {
  const first = await startChat();
  await using _first = first.program;
  const [ann, bob] = await bothOpen(browser, first.url);
  await first.program.end("SIGTERM");
  await ann.shows("Connection lost, trying again…");
  await ann.says("one");
  await ann.says("two");
  const { program } = await startChat(first.port);
  await using _second = program;
  for (const chat of [bob, ann]) {
    await chat.reads("two");
    assertEquals(await chat.messages(), ["one", "two"]);
  }
  assertEquals(await ann.page.locator(".pending, .failed").count(), 0);
});

startTest("chat knows a message again when only the answer to it got lost", async (browser, startChat) => {
  const { program, url } = await startChat();
  await using _ = program;
  const [ann, bob] = await bothOpen(browser, url);
  let hears = true;
  let cut = () => {};
  await ann.page.routeWebSocket(/./, (client) => {
    const server = client.connectToServer();
    server.onMessage((message) => hears && client.send(message));
    cut = () => void client.close({ code: 1001 });
  });
  await ann.page.reload();
  await ann.shows("Online");
  await ann.seesPeople("ann", "bob");
  hears = false;
  await ann.says("heard by all but me");
  await bob.reads("heard by all but me");
  assertEquals(await ann.page.locator(".pending").count(), 1);
  hears = true;
  cut();
  await ann.reads("heard by all but me");
  assertEquals(await ann.messages(), ["heard by all but me"]);
  assertEquals(await ann.page.locator(".pending, .failed").count(), 0);
});

/** Opens the chat for ann, whose connection can be cut, and for bob. */
async function openWithCuts(browser: Browser, url: string) {
  const [ann, bob] = await bothOpen(browser, url);
  let isAway = false;
  let cut = () => {};
  await ann.page.routeWebSocket(/./, (client) => {
    if (isAway) return void client.close({ code: 1001 });
    client.connectToServer();
    cut = () => void client.close({ code: 1001 });
  });
  await ann.page.reload();
  await ann.shows("Online");
  await ann.seesPeople("ann", "bob");
  return {
    ann,
    bob,
    async away(whileAway: () => Promise<void>): Promise<void> {
      isAway = true;
      cut();
      await ann.shows("Connection lost, trying again…");
      await whileAway();
      isAway = false;
      await ann.shows("Back online");
    },
  };
}

startTest("chat shows what was missed while somebody was away", async (browser, startChat) => {
  const { program, url } = await startChat();
  await using _ = program;
  const { ann, bob, away } = await openWithCuts(browser, url);
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
});

startTest("chat says so when too much was missed", async (browser, startChat) => {
  const { program, url } = await startChat();
  await using _ = program;
  const { ann, bob, away } = await openWithCuts(browser, url);
  await bob.says("before");
  await ann.reads("before");
  await away(async () => {
    for (let n = 1; n <= 60; n++) await bob.says(`${n}`); // 50 are kept
    await bob.reads("60");
  });
  await ann.reads("60");
  const shown = await ann.page.locator(".message p, .note", { hasNotText: /came in|left/ }).allTextContents();
  const kept = Array.from({ length: 50 }, (_, i) => `${i + 11}`);
  assertEquals(shown, ["before", "You were away for too long: messages are missing here", ...kept]);
});

startTest("chat keeps an unsent message when its writer goes to another room", async (browser, startChat) => {
  const { program, url } = await startChat();
  await using _ = program;
  const ann = await ChatPage.open(browser, url, "ann");
  await ann.page.clock.install();
  await program.end("SIGKILL");
  await ann.shows("Connection lost, trying again…");
  await ann.says("for the lobby");
  await ann.goesTo("help");
  assertEquals(await ann.messages(), []);
  await ann.page.clock.fastForward("00:10");
  await ann.page.getByRole("alert").getByText("A message in # lobby was not sent.").waitFor();
  await ann.goesTo("lobby");
  await ann.failed().getByText("for the lobby").waitFor();
  await ann.failed().getByRole("button", { name: "Discard" }).click();
  assertEquals(await ann.messages(), []);
});

startTest("chat is usable on a phone", async (browser, startChat) => {
  const { program, url } = await startChat();
  await using _ = program;
  const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
  const ann = await ChatPage.open(browser, url, "ann", phone);
  const bob = await ChatPage.open(browser, url, "bob");
  for (let i = 1; i <= 20; i++) await bob.says(`message ${i}`);
  await bob.says("a long word: " + "x".repeat(300));
  await ann.reads("message 20");
  await ann.page.getByLabel("Message", { exact: true }).fill("from a phone");
  await ann.page.getByRole("button", { name: "Send" }).tap();
  await bob.reads("from a phone");

  const { width, height } = phone.viewport;
  const size = await ann.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]");
  assertEquals(size, [width, height]); // nothing is beyond the edges
  assert(await isInside(ann, ann.page.getByText("from a phone"), phone.viewport), "the newest message is in sight");
  assert(await isInside(ann, ann.page.getByRole("button", { name: "Send" }), phone.viewport));

  await ann.page.getByLabel("Another room").fill("garden");
  await ann.page.keyboard.press("Enter");
  await ann.page.getByRole("heading", { name: "# garden" }).waitFor();
  await ann.seesPeople("ann");
  ann.hasNoProblems();
});

async function isInside(
  { page }: ChatPage,
  locator: ReturnType<typeof page.locator>,
  { width, height }: { width: number; height: number },
): Promise<boolean> {
  const box = await locator.boundingBox();
  return box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= width && box.y + box.height <= height;
}
