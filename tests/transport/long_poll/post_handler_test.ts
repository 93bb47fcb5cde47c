import { assertEquals } from "@std/assert";
import { nextTurn, Pauses } from "../../../lib/base/pause.ts";
import { longPollLimits } from "../../../lib/transport/long_poll/options.ts";
import { PostedBodies } from "../../../lib/transport/long_poll/posted_body.ts";
import { PostHandler } from "../../../lib/transport/long_poll/_post_handler.ts";
import type { LongPollSession } from "../../../lib/transport/long_poll/_session.ts";

Deno.test("PostHandler holds no bytes of a session that a message has ended while its client waits", async () => {
  const limits = longPollLimits({});
  const posts = new PostedBodies(limits);
  const session = {
    posts,
    isOpen: true,
    receive() {
      this.isOpen = false;
    },
  };
  const pauses = new Pauses();
  const request = new Request("http://localhost", { method: "POST", body: "x".repeat(100_000) });
  const response = new PostHandler(limits, pauses).handle(session as unknown as LongPollSession, request);
  while (session.isOpen) await nextTurn();
  await nextTurn();
  assertEquals(posts.bytes, 0);
  pauses.end();
  assertEquals(await (await response).json(), { status: 408 });
});
