/**
 * `deno serve` runs a file whose default export is an endpoint: on one thread, or on each core.
 */

import { assertEquals } from "@std/assert";
import { answerOf, CLIENT_VERSIONS, loadSocketClass } from "../support/phoenix_client.ts";
import { Program } from "../support/program.ts";

// The client leaves timers of its own behind when it disconnects.
const sanitize = { sanitizeOps: false, sanitizeResources: false };

const SERVE = "--port 0 --host 127.0.0.1 tests/fixtures/serve_entry.ts";

for (const command of [`deno serve ${SERVE}`, `deno serve --parallel ${SERVE}`]) {
  Deno.test(`\`${command}\` serves sockets`, sanitize, async () => {
    await using program = new Program(command);
    const [, authority = ""] = await program.prints(/http:\/\/(\S+:\d+)/);
    const PhoenixSocketClass = await loadSocketClass(CLIENT_VERSIONS[0]!);
    const socket = new PhoenixSocketClass(`ws://${authority}/socket`, { transport: WebSocket });
    socket.connect();
    try {
      const channel = socket.channel("echo");
      channel.join();
      const payload = { hello: "world" };
      assertEquals(await answerOf(channel.push("echo", payload)), { status: "ok", response: payload });
    } finally {
      socket.disconnect();
    }
    const response = await fetch(`http://${authority}/`);
    await response.body?.cancel();
    assertEquals(response.status, 404);
  });
}
