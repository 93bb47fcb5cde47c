/**
 * `EndpointOptions.limits`: the strict preset is really in force, and gives way to what is declared.
 *
 * @module
 */

import { assertEquals, assertThrows } from "@std/assert";
import { Endpoint, type EndpointOptions, LIMITS, type RateLimit } from "@urvogel/realtime";
import { SiegeSocket } from "../fixtures/siege_app.ts";
import { nextClose, nextMessage, Siege } from "../support/siege.ts";
import { NATIVE } from "../support/transports.ts";

const STRICT: Partial<EndpointOptions> = { limits: "strict" };
const BEAT = '[null,"1","phoenix","heartbeat",{}]';

class NamedSocket extends SiegeSocket {
  override id() {
    return "user:ann";
  }
}

Deno.test('limits: "strict" takes messages of 64 KB', async () => {
  await using siege = await Siege.begin(NATIVE, SiegeSocket, {}, STRICT);
  const client = await siege.join("room:a");
  await client.sendText(`["1","2","room:a","ignore","${"x".repeat(65_000)}"]`);
  await client.sendText(BEAT);
  await nextMessage(client);
  await client.sendText("x".repeat(65_536));
  assertEquals(await nextClose(client), { code: 1009, reason: "" });
});

Deno.test('limits: "strict" takes bodies of 64 KB from clients that poll', async () => {
  await using siege = await Siege.begin(NATIVE, SiegeSocket, {}, STRICT);
  const url = `http://127.0.0.1:${siege.port}/poll/longpoll?vsn=2.0.0`;
  const { token } = await (await fetch(url)).json();
  const body = `[null,"1","phoenix","heartbeat","${"x".repeat(70_000)}"]`;
  const headers = { "content-type": "application/x-ndjson" };
  const response = await fetch(`${url}&token=${encodeURIComponent(token)}`, { method: "POST", headers, body });
  await response.body?.cancel();
  assertEquals(response.status, 413);
});

Deno.test('limits: "strict" takes 100 messages, refuses as many again, and closes then', async () => {
  await using siege = await Siege.begin(NATIVE, SiegeSocket, {}, STRICT);
  const client = await siege.join("room:a");
  const answers: unknown[] = [];
  for (let n = 0; n < 220; n++) await client.sendText(`["1","${n}","room:a","echo",{}]`);
  let incoming = await client.recv();
  for (; incoming?.kind === "text"; incoming = await client.recv()) {
    answers.push(JSON.parse(incoming.text)[4].status);
  }
  assertEquals([answers.indexOf("error"), answers.length], [99, 199]); // the join was one
  assertEquals(incoming?.kind === "close" && incoming.code, 4429);
});

Deno.test('limits: "strict" lets an id have 10 connections, an address 100', async () => {
  await using siege = await Siege.begin(NATIVE, NamedSocket, {}, STRICT);
  for (let n = 0; n < 10; n++) assertEquals((await siege.connect()).handshake.status, 101);
  assertEquals((await siege.connect()).handshake.status, 429);
  await using other = await Siege.begin(NATIVE, SiegeSocket, {}, STRICT);
  for (let n = 0; n < 99; n++) assertEquals((await other.connect()).handshake.status, 101); // the steady client is one
  assertEquals((await other.connect()).handshake.status, 429);
});

Deno.test('limits: "strict" gives way to what a mount, an endpoint or a socket declares', async () => {
  class LooseSocket extends NamedSocket {
    override maxConnectionsPerId = 11;
    override messageRate: RateLimit = LIMITS.standard.socket.messageRate;
  }
  await using siege = await Siege.begin(NATIVE, LooseSocket, { maxFrameBytes: 200_000 }, {
    ...STRICT,
    maxConnectionsPerAddress: 12,
  });
  for (let n = 0; n < 10; n++) assertEquals((await siege.connect()).handshake.status, 101);
  const client = await siege.connect();
  assertEquals(client.handshake.status, 101);
  await client.sendText(`[null,"1","phoenix","heartbeat","${"x".repeat(150_000)}"]`);
  await nextMessage(client);
  for (let n = 0; n < 150; n++) await client.sendText('[null,"1","nowhere","say",{}]');
  for (let n = 0; n < 150; n++) {
    const [, , , , { response }] = await nextMessage(client) as [0, 0, 0, 0, { response: unknown }];
    assertEquals(response, { reason: "unmatched topic" });
  }
});

Deno.test("Endpoint() refuses limits that it does not know", () => {
  for (const limits of ["Strict", "toString", ""]) {
    assertThrows(
      () => new Endpoint({ sockets: {}, limits: limits as "strict" }),
      TypeError,
      `Cannot limit endpoint: "limits" must be "standard" or "strict", received ${JSON.stringify(limits)}`,
    );
  }
});

Deno.test("Endpoint() refuses a maxConnections that is none", () => {
  for (const maxConnections of [0, NaN]) {
    assertThrows(() => new Endpoint({ sockets: {}, maxConnections }), Error, '"maxConnections" must be >= 1');
  }
});
