/**
 * phoenix.js with batches in a real browser, where each message used to be an event of its own.
 */

import { assertEquals } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, ok, Socket } from "@urvogel/realtime";
import type { Seen } from "../fixtures/batched_page.ts";
import { bundleForBrowser } from "../support/bundle.ts";
import { serve } from "../support/serve.ts";
import { browserTest } from "./chromium.ts";

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

/** The endpoint, and a page that runs `script`. */
async function servePage() {
  const script = await bundleForBrowser(new URL("../fixtures/batched_page.ts", import.meta.url));
  const page = `<!doctype html><link rel="icon" href="data:,"><script type="module">${script}</script>`;
  const endpoint = new Endpoint({ sockets: { "/socket": CountSocket } });
  return serve({
    fetch(request, info) {
      const isPage = new URL(request.url).pathname === "/";
      return isPage ? new Response(page, { headers: { "content-type": "text/html" } }) : endpoint.fetch(request, info);
    },
    shutdown: () => endpoint.shutdown(),
  });
}

browserTest("a page hears what comes in one batch with the reply that it awaits", async (browser) => {
  await using server = await servePage();
  const page = await browser.newPage();
  await page.goto(server.url);
  const read = () => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
  await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.numbers.length === 5);
  assertEquals(await read(), { numbers: [0, 1, 2, 3, 4], messages: 1 });
});
