import { assertEquals, assertRejects } from "@std/assert";
import { CallExitError, continueWith, noreply } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";
import type { Behaviour } from "../../../lib/otp/server/behaviour.ts";
import { ok, reply } from "../../../lib/otp/server/result.ts";
import { ServerProcess } from "../../../lib/otp/server/server_process.ts";
import { Crashes } from "../../support/crashes.ts";

/** As few callbacks as there may be. A message makes it continue, which it cannot. */
const least: Behaviour<null> = {
  init: () => ok(null),
  handleInfo: () => noreply(null, continueWith("more")),
};

function start(): ServerProcess<null> {
  const server = new ServerProcess(least, { label: "least" });
  server.start(() => {});
  return server;
}

Deno.test("ServerProcess ends without terminate when its behaviour has none", async () => {
  const server = start();
  await server.stop();
  assertEquals(server.exitReason, "normal");
});

Deno.test("ServerProcess crashes on a call when its behaviour has no handleCall", async () => {
  using crashes = new Crashes();
  await assertRejects(() => start().call("work"), CallExitError);
  assertEquals(crashes.messages, ['Cannot run handleCall "work": least has no such callback']);
});

Deno.test("ServerProcess.isIdle is false while a call or cast waits, and true while only other messages do", async () => {
  const server = new ServerProcess<null>({
    init: () => ok(null),
    handleInfo: () => noreply(null),
    handleCast: () => noreply(null),
    handleCall: () => reply("done", null),
  });
  server.start(() => {});
  await settle();
  server.send("tick");
  assertEquals([server.mailbox.length, server.isIdle], [1, true]);
  server.cast("work");
  assertEquals([server.mailbox.length, server.isIdle], [2, false]);
  await settle();
  assertEquals(server.isIdle, true);
  const called = server.call("work");
  assertEquals(server.isIdle, false);
  await called;
  assertEquals(server.isIdle, true);
  await server.stop();
});

for (
  const [act, callback] of [
    [(server: ServerProcess<null>) => server.cast("work"), 'handleCast "work"'],
    [(server: ServerProcess<null>) => server.send("go on"), "handleContinue"],
  ] as const
) {
  Deno.test(`ServerProcess crashes when its behaviour has no ${callback}`, async () => {
    using crashes = new Crashes();
    const server = start();
    const ended = Promise.withResolvers();
    server.onExit(ended.resolve);
    act(server);
    await ended.promise;
    assertEquals(crashes.reports.map(({ during, error }) => [during, error.message]), [
      [callback, `Cannot run ${callback}: least has no such callback`],
    ]);
  });
}
