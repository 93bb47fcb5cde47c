/**
 * What `examples/guides/troubleshooting.md` says that a client or a log sees, on a real server.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Channel, Endpoint, type LogRecord, ok, type Params, refuse, Socket } from "@urvogel/realtime";
import { codeSpansOf, rowsOf, sectionOf } from "../support/markdown.ts";
import { RawClient } from "../support/raw_client.ts";
import { serve } from "../support/serve.ts";
import { errorTexts } from "../support/error_texts.ts";

const GUIDE = await Deno.readTextFile(new URL("../../examples/guides/troubleshooting.md", import.meta.url));

class RoomChannel extends Channel {
  override join() {
    return ok();
  }
}

class UserSocket extends Socket {
  override channels = { "room:*": RoomChannel };
  override connect({ token }: Params) {
    return token === "wrong" ? refuse() : ok({});
  }
}

/** The guide's server. */
function setUp() {
  const records: LogRecord[] = [];
  const endpoint = new Endpoint({
    sockets: { "/socket": UserSocket, "/sub": [UserSocket, { websocket: { subprotocols: ["chat"] } }] },
    logger: (record) => void records.push(record),
  });
  return { server: serve(endpoint), records };
}

async function statusOf(port: number, path: string, headers: Record<string, string | null> = {}): Promise<number> {
  await using client = await RawClient.connect({ port, path, headers });
  return client.handshake.status;
}

Deno.test("troubleshooting.md says which status each path gets", async () => {
  const { server } = setUp();
  await using _ = server;
  const rows = rowsOf(sectionOf(GUIDE, "## 404"));
  for (const [path = "", status] of rows) {
    assertEquals([path, await statusOf(server.port, codeSpansOf(path)[0]!)], [path, Number(status)]);
  }
  assert(rows.length >= 5);
});

Deno.test("troubleshooting.md names the causes of 403 and 400, and what is none", async () => {
  const { server, records } = setUp();
  await using _ = server;
  const { port } = server;
  const socket = "/socket/websocket?vsn=2.0.0";
  assertEquals(await statusOf(port, socket, { origin: "https://chat.example.com" }), 403);
  const [, quoted = ""] = /The log says once: "([^"]+)"/.exec(sectionOf(GUIDE, "## 403 at the handshake")) ?? [];
  assertStringIncludes(records[0]?.message ?? "", quoted);
  assertEquals(await statusOf(port, socket, { origin: "http://localhost" }), 403);
  assertEquals(await statusOf(port, socket, { origin: "http://127.0.0.1:5173" }), 101);
  assertEquals(await statusOf(port, `${socket}&token=wrong`), 403);
  assertEquals(await statusOf(port, "/sub/websocket", { "sec-websocket-protocol": "other" }), 403);
  assertEquals(await statusOf(port, socket, { Connection: null, Upgrade: null }), 400);
});

Deno.test("troubleshooting.md: a client that forgets its vsn is closed with 1007 at its first message", async () => {
  const { server } = setUp();
  await using _ = server;
  await using client = await RawClient.connect({ port: server.port, path: "/socket/websocket" });
  await client.sendText('["1","1","room:1","phx_join",{}]');
  assertEquals(await client.recv(2000), { kind: "close", code: 1007, reason: "malformed message" });
});

Deno.test("troubleshooting.md: a frame with reserved bits ends the connection", async () => {
  const { server } = setUp();
  await using _ = server;
  await using client = await RawClient.connect({ port: server.port, path: "/socket/websocket?vsn=2.0.0" });
  await client.sendBytes(new Uint8Array([0xc1, 0x81, 0, 0, 0, 0, 0x61])); // marked as compressed
  assertEquals((await client.recv(2000))?.kind, "eof");
});

Deno.test("troubleshooting.md quotes what the log says about threads", async () => {
  const [, quoted = ""] = /The log says once:\s+"([^"]+)"/.exec(
    sectionOf(GUIDE, "## Messages reach only some clients"),
  ) ?? [];
  const { literals } = await errorTexts();
  assert([...literals].some((text) => text.startsWith(quoted.replaceAll(/\s+/g, " "))), quoted);
});
