/**
 * The inspector's page in a real browser: faults are found through it alone, and it is safe and usable.
 *
 * With `SCREENSHOTS=<folder>` the last tests also take pictures, and put them on sheets.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { connectOverNetwork } from "@urvogel/realtime/testing";
import type { LossKind } from "../../lib/pubsub/loss_count.ts";
import { losses } from "../../lib/pubsub/losses.ts";
import { InspectedApp, SECRET } from "../fixtures/inspected_app.ts";
import { RawClient } from "../support/raw_client.ts";
import { serve, type TestServer } from "../support/serve.ts";
import { type Browser, browserTest } from "./chromium.ts";
import { PHONE } from "./devices.ts";
import { InspectorPage } from "./inspector_page.ts";
import { PictureSheet } from "./picture_sheet.ts";

const PATH = "/ops/inspector";
/** Text that would run as a script wherever it was taken for HTML. */
const SCRIPT = `<img src=x onerror="document.title='caught'"><script>document.title='caught'</script>"'>`;
const TABS = ["Overview", "Sockets", "Topics", "Processes", "Tree", "Presence", "Nodes", "Crashes", "History"];

interface Inspected extends AsyncDisposable {
  readonly app: InspectedApp;
  readonly server: TestServer;
  /** Lets a client join. */
  join(user: string, topic: string): ReturnType<typeof join>;
}

function start(): Inspected {
  const app = new InspectedApp();
  const server = serve(app);
  const clients = new AsyncDisposableStack();
  return {
    app,
    server,
    join: (user, topic) => join(clients, `${server.wsUrl}/socket`, user, topic),
    async [Symbol.asyncDispose]() {
      app.gate.resolve();
      await clients.disposeAsync();
      await server[Symbol.asyncDispose]();
    },
  };
}

async function join(clients: AsyncDisposableStack, url: string, user: string, topic: string) {
  const client = clients.use(await connectOverNetwork(url, { user }));
  return await client.join(topic);
}

/** A client that reads nothing, while much is broadcast to it. */
async function slowReader({ app, server }: Inspected): Promise<RawClient> {
  const reader = await RawClient.connect({ port: server.port, path: "/socket/websocket?vsn=2.0.0&user=turtle" });
  await reader.sendText('["1","1","feed:1","phx_join",{}]');
  await reader.recv();
  const text = "x".repeat(100_000);
  for (let i = 0; i < 80; i++) app.endpoint.broadcast("feed:1", "tick", { text });
  return reader;
}

browserTest("the inspector's page shows what is stuck, who reads slowly and what crashes", async (browser) => {
  await using inspected = start();
  const { page, main } = await watchingBefore(browser, inspected);
  const ann = await inspected.join("ann", "room:slow");
  ann.push("upload", {});
  for (let i = 0; i < 5; i++) ann.push("say", { text: "anyone?" });
  using _reader = await slowReader(inspected);
  for (let i = 0; i < 3; i++) {
    const bob = await inspected.join("bob", "shop:7");
    bob.push("bill", {});
    await bob.assertPush("phx_error");
  }

  const attention = main.getByRole("region", { name: "Needs attention" });
  await attention.getByText(
    /Stuck in a handler: .*room:slow.* of user:ann .*busy with handleIn "upload".*5 messages wait/,
  ).waitFor();
  await attention.getByText(/Slow reader: user:turtle has not read .* MB/).waitFor();
  await attention.getByText(/Crash loop: .*shop:7.* of user:bob .*Error: no invoice number/).waitFor();

  await attention.getByRole("link", { name: /room:slow/ }).click();
  await main.getByText('handleIn "upload"').first().waitFor();
  await main.getByRole("button", { name: "Show its state" }).click();
  await main.getByText(/busy|no reply/).last().waitFor();
  await page.goBack();
  await attention.getByRole("link", { name: "user:turtle" }).click();
  await main.getByRole("heading", { name: "Connection of user:turtle" }).waitFor();
  await main.getByText(/MB$/).first().waitFor();
  await page.goBack();
  await attention.getByRole("link", { name: "Reports" }).first().click();
  await main.getByText("Error: no invoice number").first().click();
  const unfolded = main.locator("details[open]");
  await unfolded.locator("pre").first().waitFor();
  const row = main.getByRole("row").filter({ has: page.locator("details[open]") });
  const cells = await row.innerText();
  const eve = await inspected.join("eve", "shop:8");
  eve.push("bill", {});
  await main.getByRole("row", { name: /shop:8/ }).waitFor(); // above it
  assertEquals(await unfolded.count(), 1);
  assertStringIncludes(await row.innerText(), cells.slice(cells.indexOf("RoomChannel")));

  await page.goto(`${inspected.server.url}${PATH}#topic?topic=room%3Aslow`);
  const slowed = main.getByRole("region", { name: "What slows it on this node" });
  await slowed.getByText(/Stuck in a handler/).waitFor();
  assertEquals(await slowed.getByRole("listitem").count(), 1); // the slow reader is in another topic
});

browserTest("the inspector's page names the server that a slow channel waits for", async (browser) => {
  await using inspected = start();
  const inspector = await InspectorPage.open(browser, `${inspected.server.url}${PATH}#topic?topic=room%3Acalendar`);
  const carl = await inspected.join("carl", "room:calendar");
  for (let i = 0; i < 40; i++) carl.push("book", {});
  const slowed = inspector.main.getByRole("region", { name: "What slows it on this node" });
  await slowed.getByText(/Slow handler: calendar #\d+ takes .* ms for a message.* 1 slow process waits for its reply/)
    .waitFor();
  await slowed.getByText(
    /Slow handler: .*room:calendar.* of user:carl takes .* ms for a message, now busy with handleIn "book"\. \d+ messages wait for it, the last of them for about .* s\. It waits for calendar #\d+ to reply to "/,
  ).waitFor();
  await slowed.getByRole("link", { name: /RoomChannel/ }).click();
  await inspector.main.getByText(/calendar #\d+, to reply to/).waitFor();
  inspected.app.bookingMs = 0; // the rest is soon done
});

/** The page is open before the faults, so that their times and states are measured. */
async function watchingBefore(browser: Browser, { server }: Inspected): Promise<InspectorPage> {
  const inspector = await InspectorPage.open(browser, server.url + PATH);
  await inspector.shows("Event loop delay");
  return inspector;
}

browserTest("the inspector's page closes a connection only after asking", async (browser) => {
  await using inspected = start();
  await inspected.join("ann", "room:1");
  const inspector = await InspectorPage.open(browser, server(inspected));
  await inspector.goesTo("Sockets");
  const close = inspector.main.getByRole("button", { name: "Close" });
  await close.click();
  await inspector.page.getByRole("button", { name: "Cancel" }).click();
  assertEquals(inspected.app.endpoint.connectionCount, 1);
  await close.click();
  await inspector.page.getByRole("button", { name: "Close it" }).click();
  await inspector.shows("No client is connected.");
  assertEquals(inspected.app.endpoint.connectionCount, 0);
  inspector.hasNoProblems();
});

/** All ways in which messages are lost; the compiler says if one is missing. */
const LOSSES: Readonly<Record<LossKind, true>> = {
  bus_gap: true,
  bus_unconfirmed: true,
  bus_refused: true,
  bus_malformed: true,
  history_unpublished: true,
  history_unnumbered: true,
  history_reset: true,
  presence_unsent: true,
};

browserTest("the inspector's page has words for all that is lost between nodes", async (browser) => {
  await using inspected = start();
  for (const kind of Object.keys(LOSSES) as LossKind[]) losses.add(kind);
  const inspector = await InspectorPage.open(browser, server(inspected));
  const rows = inspector.main.getByRole("region", { name: "Lost between nodes" }).locator("tbody tr");
  await rows.nth(Object.keys(LOSSES).length - 1).waitFor();
  for (const text of await rows.allInnerTexts()) assertMatch(text, /^[A-Z][a-z ]+\t[\d,]+\t/);
  inspector.hasNoProblems();
});

browserTest("the inspector's page says why it is refused", async (browser) => {
  await using inspected = start();
  const inspector = await InspectorPage.open(browser, server(inspected));
  const refusal = { status: 503, json: { error: "50 live views are open already" } };
  await inspector.page.route("**/api/live/**", (route) => route.fulfill(refusal));
  await inspector.page.getByRole("navigation").getByRole("link", { name: "Sockets" }).click();
  await inspector.shows("50 live views are open already");
  await inspector.status("Refused, trying again…");
});

function server({ server }: Inspected): string {
  return `${server.url}${PATH}/`;
}

browserTest("the inspector's page shows what strangers wrote as text, and no secret", async (browser) => {
  await using inspected = start();
  const inspector = await InspectorPage.open(browser, server(inspected));
  const bodies: string[] = [];
  inspector.page.on("response", (response) => void response.text().then((text) => bodies.push(text), () => {}));
  const ann = await inspected.join(`ann${SCRIPT}`, `room:${SCRIPT}`);
  await inspector.goesTo("Topics");
  await inspector.main.getByRole("link", { name: `room:${SCRIPT}` }).click();
  await inspector.shows("Nothing has happened since you look.");
  ann.push("say", { [SCRIPT]: SCRIPT, password: SECRET });
  await inspector.shows("broadcast");
  await inspector.shows(/\[redacted\]/);
  const eve = await inspected.join("eve", "shop:1");
  eve.push("bill", { token: SECRET });
  for (const tab of TABS) {
    await inspector.goesTo(tab);
    assertEquals(await inspector.main.locator("img, script, iframe").count(), 0);
    assert(!(await inspector.page.content()).includes(SECRET), tab);
  }
  await inspector.goesTo("Sockets");
  await inspector.shows(`user:ann${SCRIPT}`);
  await inspector.goesTo("Presence");
  await inspector.main.getByRole("link", { name: /room:/ }).first().click();
  await inspector.shows(/\[redacted\]/);
  assert(!(await inspector.page.title()).includes("caught"));
  assertEquals(bodies.filter((body) => body.includes(SECRET)), []);
  inspector.hasNoProblems();
});

browserTest("the inspector's page is usable by keyboard", async (browser) => {
  await using inspected = start();
  for (const user of ["ann", "bob"]) await inspected.join(user, `room:${user}`);
  const inspector = await InspectorPage.open(browser, server(inspected));
  const { keyboard } = inspector.page;
  await keyboard.press("Tab");
  await keyboard.press("Enter"); // skips to the content
  assertEquals(await inspector.page.evaluate("document.activeElement.id"), "main");
  await inspector.page.getByRole("navigation").getByRole("link", { name: "Sockets" }).focus();
  await keyboard.press("Enter");
  await inspector.shows("user:bob");
  const search = inspector.page.getByRole("searchbox");
  await search.focus();
  await keyboard.type("room:ann");
  await inspector.shows("1 to 1 of 1");
  await inspector.shows("user:ann");
  assertEquals(await search.inputValue(), "room:ann"); // although the list is new each second
  assertEquals(await inspector.page.evaluate("document.activeElement.type"), "search");
  inspector.hasNoProblems();
});

const DEVICES = { desktop: { viewport: { width: 1280, height: 800 } }, phone: PHONE };
/** Pages that a tab leads to: the tab, what is clicked there, and what shows that the page is complete. */
const DETAILS: readonly Detail[] = [
  { name: "find", tab: "Sockets", link: "On all nodes", shows: "Sockets of all nodes" },
  { name: "socket", tab: "Sockets", link: "user:ann", shows: "Close this connection" },
  { name: "topic", tab: "Topics", link: "room:lobby", shows: "said" },
  { name: "history", tab: "History", link: "room:lobby", shows: "said" },
  { name: "process", tab: "Processes", link: /RoomChannel "room:lobby"/, button: "Show its state", shows: /"assigns"/ },
  { name: "members", tab: "Presence", link: "room:lobby", shows: "guest0" },
  { name: "crash", tab: "Crashes", unfold: "Error: no invoice number", shows: /handleIn.*\n/ },
];

interface Detail {
  readonly name: string;
  readonly tab: string;
  readonly link?: string | RegExp;
  readonly unfold?: string;
  readonly button?: string;
  readonly shows: string | RegExp;
}

async function opens(inspector: InspectorPage, { tab, link, unfold, button, shows }: Detail): Promise<void> {
  await inspector.goesTo(tab);
  if (link) await inspector.main.getByRole("link", { name: link }).first().click();
  if (unfold) await inspector.main.getByText(unfold).first().click();
  if (button) await inspector.main.getByRole("button", { name: button }).click();
  await inspector.shows(shows);
}

/** Checks what is shown, and takes its picture if pictures are wanted. */
async function checks(inspector: InspectorPage, name: string, pictures: PictureSheet): Promise<void> {
  await inspector.isAccessible(`${name} ${pictures.kind}`);
  await inspector.fits(name);
  await pictures.take(inspector.page, name);
}

/** A stuck handler, a crash, and people in rooms, of whom one can talk. */
async function busyApp(inspected: Inspected): Promise<{ say(): void }> {
  const zoe = await inspected.join("zoe", "room:lobby");
  const ann = await inspected.join("ann", "room:lobby");
  for (let i = 0; i < 12; i++) await inspected.join(`guest${i}`, i % 2 === 0 ? "room:lobby" : `room:${i}`);
  const bob = await inspected.join("bob", "shop:7");
  bob.push("bill", {});
  ann.push("upload", {});
  return { say: () => zoe.push("say", { text: "hello" }) };
}

for (const scheme of ["light", "dark"] as const) {
  for (const [device, options] of Object.entries(DEVICES)) {
    const kind = `${device}-${scheme}`;
    browserTest(`the inspector's tabs are accessible and fit (${kind})`, async (browser) => {
      await using inspected = start();
      const inspector = await InspectorPage.open(browser, server(inspected), { ...options, colorScheme: scheme });
      await busyApp(inspected);
      await inspector.shows("Stuck in a handler");
      const pictures = new PictureSheet("sheet", kind);
      for (const tab of TABS) {
        await inspector.goesTo(tab);
        await inspector.status("Live");
        await checks(inspector, tab.toLowerCase(), pictures);
      }
      inspector.hasNoProblems();
      await pictures.write(browser);
    });
  }
}

for (const [device, scheme] of [["desktop", "light"], ["phone", "dark"]] as const) {
  const kind = `${device}-${scheme}`;
  browserTest(`the inspector's details are accessible and fit (${kind})`, async (browser) => {
    await using inspected = start();
    const options = { ...DEVICES[device], colorScheme: scheme };
    const inspector = await InspectorPage.open(browser, server(inspected), options);
    const { say } = await busyApp(inspected);
    const talking = setInterval(say, 100);
    const pictures = new PictureSheet("details", kind);
    try {
      for (const detail of DETAILS) {
        await opens(inspector, detail);
        await checks(inspector, `detail-${detail.name}`, pictures);
      }
    } finally {
      clearInterval(talking);
    }
    inspector.hasNoProblems();
    await pictures.write(browser);
  });
}
