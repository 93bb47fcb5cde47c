/**
 * phoenix.js with batches in a real browser, where each message used to be an event of its own.
 */

import { assertEquals } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, ok, Socket } from "@urvogel/realtime";
import type { Seen } from "../fixtures/batched_page.ts";
import { browserTest } from "./chromium.ts";
import { serveScriptPage } from "./script_page.ts";

class CountChannel extends Channel {
  override join() {
    return ok();
  }
  override afterJoin(socket: ChannelSocket) {
    for (let n = 0; n < 5; n++) socket.push("count", { n });
  }
}

class CountSocket extends Socket {
  override channels = { "room:*": CountChannel };
  override connect() {
    return ok();
  }
}

browserTest("a page hears what comes in one batch with the reply that it awaits", async (browser) => {
  await using server = await serveScriptPage(new Endpoint({ sockets: { "/socket": CountSocket } }), "batched_page.ts");
  const page = await browser.newPage();
  await page.goto(server.url);
  const read = () => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
  await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.numbers.length === 5);
  assertEquals(await read(), { numbers: [0, 1, 2, 3, 4], messages: 1 });
});
