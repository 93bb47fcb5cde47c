import { assertEquals, assertMatch } from "@std/assert";
import { stub } from "@std/testing/mock";
import { Broadcast, GenServer, onTelemetry, type UnhandledMessageEvent } from "@urvogel/realtime";
import { settle } from "@urvogel/realtime/testing";

class DeafServer extends GenServer<null> {
  override init() {
    return null;
  }
}

/** Sends `message` to a server without `handleInfo`, and answers what was printed. */
async function printed(message: unknown): Promise<string[]> {
  using warn = stub(console, "warn");
  await using server = await GenServer.start(DeafServer, undefined);
  server.send(message as never);
  await settle();
  return warn.calls.map(({ args }) => args.join(" "));
}

Deno.test("a message without a handler is printed, and no line of it poses as another", async () => {
  const [line, ...others] = await printed("a\n[urvogel] b");
  assertMatch(line ?? "", / \[urvogel\] DeafServer got a message .* no handler for received="a\\n\[urvogel\] b"$/);
  assertEquals(others, []);
});

Deno.test("a message without a handler is printed without secrets", async () => {
  const [line] = await printed(new Broadcast("room:1", "said", { user: "ann", token: "sesame" }));
  assertMatch(line ?? "", /"user":"ann","token":"\[redacted\]"/);
});

Deno.test("a message without a handler goes to telemetry instead, where somebody listens", async () => {
  const heard: UnhandledMessageEvent[] = [];
  using _ = onTelemetry("urvogel:process:message_unhandled", (event) => void heard.push(event));
  assertEquals(await printed({ a: 1 }), []);
  assertEquals(heard, [{ receiver: "DeafServer", message: { a: 1 } }]);
});
