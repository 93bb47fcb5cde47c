/**
 * The layer over phoenix.js in a real browser.
 */

import { assertEquals } from "@std/assert";
import { Channel, type ChannelSocket, Endpoint, ok, type Params, replyError, Socket } from "@urvogel/realtime";
import type { Seen } from "../fixtures/live_page.ts";
import { browserTest } from "./chromium.ts";
import { serveScriptPage } from "./script_page.ts";

const answers: unknown[] = [];

class RoomChannel extends Channel<{ token: string }> {
  override join(_topic: string, params: unknown) {
    return ok({ params: params as object });
  }
  override async afterJoin(socket: ChannelSocket<{ token: string }>) {
    answers.push(await socket.request("confirm", { token: socket.assigns.token }));
    for (let n = 1; n <= 3; n++) socket.push("count", { n });
  }
  override handleIn = this.handlers({ fail: () => replyError({ reason: "no" }) });
}

class RoomSocket extends Socket<{ token: string }> {
  override channels = { "room:*": RoomChannel };
  override connect({ token }: Params) {
    return ok({ token: String(token) });
  }
}

browserTest("a page awaits joins and replies, answers a request, and loops over events", async (browser) => {
  await using server = await serveScriptPage(
    new Endpoint({ sockets: { "/socket": RoomSocket }, logLevel: false }),
    "live_page.ts",
  );
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => (globalThis as unknown as { seen: Seen }).seen.hasEnded);
  const seen = await page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen);
  assertEquals(seen, { counts: [{ n: 1 }, { n: 2 }, { n: 3 }], refused: { reason: "no" }, hasEnded: true });
  assertEquals(answers, [{ heard: { token: "t1" } }]);
});
