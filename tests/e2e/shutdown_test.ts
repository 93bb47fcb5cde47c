/** Programs that are asked to end, and do. */

import { assertEquals, assertMatch } from "@std/assert";
import { Program } from "../support/program.ts";
import { RawConnection } from "../support/raw_connection.ts";
import { writeHead } from "../support/raw_http.ts";

const posix = { ignore: Deno.build.os === "windows" }; // which has no SIGTERM
const APP = "deno run -A tests/fixtures/shutdown_app.ts";

async function portOf(program: Program): Promise<number> {
  return Number((await program.prints(/listening on (\d+)/))[1]);
}

Deno.test({
  ...posix,
  name: "shutdownOnSignal() ends an endpoint, a supervisor and a server in order, with code 0",
  async fn() {
    await using program = new Program(APP);
    await portOf(program);
    const { code } = await program.end("SIGTERM");
    const { stdout, stderr } = await program.output();
    assertMatch(stdout, /^last, tree gone$/m);
    assertEquals([code, stderr], [0, ""]);
  },
});

Deno.test({
  ...posix,
  name: "shutdownOnSignal() leaves a service behind that never ends, goes on with the others, and exits with 1",
  async fn() {
    await using program = new Program(APP, { MODE: "stuck" });
    await portOf(program);
    const { code } = await program.end("SIGTERM");
    const { stdout, stderr } = await program.output();
    assertMatch(stdout, /^last, tree gone$/m);
    assertMatch(
      stderr,
      /service 2 \(Object\) failed to shut down: Error: Cannot shut down service 2 \(Object\): it took longer than 100 ms/,
    );
    assertEquals(code, 1);
  },
});

Deno.test({
  ...posix,
  name: "shutdownOnSignal() ends though clients vanished during the handshake, which Deno's server waits for",
  async fn() {
    await using program = new Program(APP);
    const port = await portOf(program);
    await using connection = await RawConnection.connect({ port });
    await writeHead(connection, "GET /slow/websocket", {
      "Host": "localhost",
      "Upgrade": "websocket",
      "Connection": "Upgrade",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version": "13",
    });
    await program.prints(/asked/);
    connection.drop();
    await program.prints(/decided/);
    const { code } = await program.end("SIGTERM");
    const { stderr } = await program.output();
    assertMatch(stderr, /Cannot shut down service 4 \(Object\): it took longer than 100 ms/);
    assertEquals(code, 1);
  },
});

Deno.test({
  ...posix,
  name: "shutdownOnSignal() keeps a program alive that got a text over 512 MiB",
  async fn() {
    await using program = new Program(APP, { MODE: "text" });
    await portOf(program);
    await program.prints(/a client sent a text of more than 512 MiB/);
    const { code } = await program.end("SIGTERM");
    assertEquals(code, 0);
  },
});

const fatal: [what: string, mode: string, error: RegExp][] = [
  ["that error with guardLargeTexts: false", "unguarded", /failed to allocate string/],
  ["an error of the program with the same text", "own text", /failed to allocate string/],
  ["any other error", "other", /a fault of the program/],
];
Deno.test.each(fatal)("shutdownOnSignal() lets a program end over %s", async (_what, mode, error) => {
  await using program = new Program(APP, { MODE: mode });
  const { code } = await program.ended;
  assertMatch((await program.output()).stderr, error);
  assertEquals(code, 1);
});
