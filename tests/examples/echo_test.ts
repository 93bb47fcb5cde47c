import { assertEquals } from "@std/assert";
import { answerOf, CLIENT_VERSIONS, loadSocketClass } from "../support/phoenix_client.ts";
import { commandOf, Program } from "../support/program.ts";

// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

Deno.test("echo answers phoenix.js with what it sent", sanitize, async () => {
  await using program = new Program(await commandOf("examples/echo/README.md"), { PORT: "0" });
  const [, url = ""] = await program.prints(/connect to (ws:\S+)/);
  const PhoenixSocketClass = await loadSocketClass(CLIENT_VERSIONS[0]!);
  const socket = new PhoenixSocketClass(url, { transport: WebSocket });
  socket.connect();
  try {
    const channel = socket.channel("echo");
    channel.join();
    for (const payload of [{ hello: "world" }, { nested: [1, null, "é😀"] }]) {
      assertEquals(await answerOf(channel.push("echo", payload)), { status: "ok", response: payload });
    }
  } finally {
    socket.disconnect();
  }
});
