import { assert, assertEquals } from "@std/assert";
import { RawClient } from "./raw_client.ts";
import { rawRequest } from "./raw_http.ts";
import { serve, type TestServer } from "./serve.ts";

/** A server whose sockets `onOpen` plays with. */
function serveSockets(onOpen: (socket: WebSocket) => void): TestServer {
  return serve({
    fetch(request) {
      const { socket, response } = Deno.upgradeWebSocket(request, { idleTimeout: 0 });
      socket.onopen = () => onOpen(socket);
      return response;
    },
  });
}

Deno.test("RawClient keeps what comes after recv() has given up", async () => {
  const opened = Promise.withResolvers<WebSocket>();
  await using server = serveSockets(opened.resolve);
  await using client = await RawClient.connect({ port: server.port, path: "/" });
  assertEquals(await client.recv(1), undefined);
  (await opened.promise).send("late");
  assertEquals(await client.recv(), { kind: "text", text: "late" });
});

Deno.test("RawClient does not answer a close on its own", async () => {
  const closed = Promise.withResolvers<CloseEvent>();
  await using server = serveSockets((socket) => {
    socket.onclose = closed.resolve;
    socket.close(1001, "away");
  });
  await using client = await RawClient.connect({ port: server.port, path: "/" });
  assertEquals(await client.recv(), { kind: "close", code: 1001, reason: "away" });
  assertEquals(await client.recv(50), undefined); // an answer would let the server end the stream
  await client.sendClose(1001);
  assertEquals(await client.recv(), { kind: "eof", how: "fin" });
  assertEquals((await closed.promise).code, 1001);
});

Deno.test("RawClient does not read unless recv() is called", async () => {
  const full = Promise.withResolvers<number>();
  await using server = serveSockets((socket) => {
    for (let i = 0; i < 64; i++) socket.send(new Uint8Array(1024 * 1024));
    setTimeout(() => full.resolve(socket.bufferedAmount), 50);
  });
  await using client = await RawClient.connect({ port: server.port, path: "/" });
  assert(await full.promise > 32 * 1024 * 1024);
  assert(client.handshake.accepted);
});

Deno.test("RawClient.drop() ends a recv() that waits", async () => {
  await using server = serveSockets(() => {});
  await using client = await RawClient.connect({ port: server.port, path: "/" });
  const received = client.recv();
  client.drop();
  assertEquals(await received, { kind: "eof", how: "reset" });
});

Deno.test("RawClient.connect() tells of a refusal", async () => {
  await using server = serve({ fetch: () => new Response("no", { status: 403, headers: { "x-why": "because" } }) });
  await using client = await RawClient.connect({ port: server.port, path: "/" });
  const { status, body, headers, accepted } = client.handshake;
  assertEquals([status, body, headers.get("x-why"), accepted], [403, "no", "because", false]);
});

Deno.test("rawRequest() reads an answer in chunks", async () => {
  await using server = serve({ fetch: () => new Response(ReadableStream.from(["ab", "c"].map((text) => utf8(text)))) });
  const { headers, body } = await rawRequest({ port: server.port, method: "GET", path: "/" });
  assertEquals(headers.get("transfer-encoding"), "chunked");
  assertEquals(body, utf8("abc"));
});

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
