/**
 * `deno serve` runs a file whose default export is an endpoint: on one thread, or on each core.
 */

import { assert, assertEquals } from "@std/assert";
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

// Elsewhere the kernel gives all connections to one thread.
const parallel = { ...sanitize, ignore: Deno.build.os !== "linux" };

Deno.test(
  "`deno serve --parallel` without an adapter warns that the rooms of its threads are apart",
  parallel,
  async () => {
    await using program = new Program(`deno serve --parallel ${SERVE}`, { DENO_JOBS: "3" });
    const [, authority = ""] = await program.prints(/http:\/\/(\S+:\d+)/);
    const sockets: WebSocket[] = [];
    let hasWarned = false;
    void program.prints(/warn .*another thread of this program serves clients as well.*threadsAdapter/)
      .then(() => hasWarned = true);
    while (!hasWarned) { // not all threads listen when the first one does
      assert(sockets.length < 500, "some of them are on another thread");
      sockets.push(new WebSocket(`ws://${authority}/socket/websocket`));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const socket of sockets) socket.close();
  },
);
