/**
 * Frames and messages that are too large, or never end.
 *
 * @module
 */

import { assertEquals, assertMatch, assertNotEquals, fail } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import type { RawClient } from "../../support/raw_client.ts";
import { assertServed, nextClose, nextText, Siege } from "../../support/siege.ts";
import { Opcode } from "../../support/ws_frame.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

const BEGIN = '["1","2","room:a","echo","';
const END = '"]';

function messageOf(payloadBytes: number, character = "x"): string {
  const size = new TextEncoder().encode(character).length;
  const fill = payloadBytes - BEGIN.length - END.length;
  return BEGIN + character.repeat(Math.floor(fill / size)) + "x".repeat(fill % size) + END;
}

async function sendInParts(client: RawClient, opcode: number, parts: readonly Uint8Array[]): Promise<void> {
  for (const [n, payload] of parts.entries()) {
    await client.sendFrame({ opcode: n === 0 ? opcode : Opcode.continuation, payload, fin: n === parts.length - 1 });
  }
}

onTransports("maxFrameBytes is 1,048,576 by default, header and mask included", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const largest = messageOf(1_048_576 - 14);
  await client.sendText(largest);
  assertEquals(
    (await nextText(client)).length,
    largest.length + '"phx_reply"{"status":"ok","response":}'.length - '"echo"'.length,
  );
  await client.sendText(messageOf(1_048_576 - 13));
  assertEquals(await nextClose(client), { code: 1009, reason: "" });
  await siege.cleared();
});

eachOnTransports(["x", "é", "漢", "😀"])(
  "maxFrameBytes counts bytes, not characters: %s",
  async (transport, character) => {
    await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: 1008 });
    const client = await siege.join("room:a");
    await client.sendText(messageOf(1000, character));
    await nextText(client);
    await client.sendText(messageOf(1001, character));
    assertEquals(await nextClose(client), { code: 1009, reason: "" });
    await siege.cleared();
  },
);

onTransports("a binary frame that is too large closes with 1009", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: 1008 });
  const client = await siege.join("room:a");
  await client.sendBinary(new Uint8Array(1001));
  assertEquals(await nextClose(client), { code: 1009, reason: "" });
  await siege.cleared();
});

onTransports("a message in parts is put together", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: 1008 });
  const client = await siege.join("room:a");
  const bytes = new TextEncoder().encode(messageOf(1000, "é"));
  await sendInParts(client, Opcode.text, Array.from(bytes, (byte) => Uint8Array.of(byte))); // also within characters
  assertMatch(await nextText(client), /^\["1","2","room:a","phx_reply",/);
});

onTransports("a message in parts counts as a whole", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { maxFrameBytes: 1008 });
  const client = await siege.join("room:a");
  const part = new TextEncoder().encode(messageOf(501));
  await sendInParts(client, Opcode.text, [part, part]);
  assertEquals(await nextClose(client), { code: 1009, reason: "" });
  await siege.cleared();
});

onTransports("a message in parts that never ends is silence: the connection closes with 1001", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket, { timeoutMs: 40 });
  const client = await siege.join("room:a");
  await client.sendFrame({ opcode: Opcode.text, payload: new TextEncoder().encode(BEGIN), fin: false });
  let closed = false;
  while (!closed) {
    await client.sendFrame({ opcode: Opcode.continuation, payload: new Uint8Array(100).fill(0x78), fin: false })
      .catch(() => {});
    const incoming = await client.recv(5);
    if (incoming?.kind === "eof") fail("there was no close frame");
    closed = incoming?.kind === "close" && incoming.code === 1001;
  }
  await siege.cleared();
});

/** The case of the protocol suite that has the same difference. */
const GIANTS = "9.9.8";

const HEADERS_OF_GIANTS = {
  "a frame of 64 MiB and a byte": [0x82, 0xff, 0, 0, 0, 0, 4, 0, 0, 1, 0, 0, 0, 0],
  "a frame of 2^63 - 1 bytes": [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0],
  "a frame of 2^64 - 1 bytes": [0x82, 0xff, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0],
} as const;

eachOnTransports(Object.entries(HEADERS_OF_GIANTS))(
  "%s closes with 1009 before it has come",
  async (transport, _name, header) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendBytes(Uint8Array.from(header));
    if (transport.known[GIANTS]) assertEquals((await client.recv())?.kind, "eof");
    else assertEquals((await nextClose(client)).code, 1009);
    await siege.cleared();
  },
);

const BROKEN_FRAMES = {
  "a reserved opcode": { opcode: 3, payload: new Uint8Array(1) },
  "reserved bits": { opcode: Opcode.text, payload: new Uint8Array(1), rsv: 7 },
  "a continuation of nothing": { opcode: Opcode.continuation, payload: new Uint8Array(1) },
  "a ping in parts": { opcode: Opcode.ping, payload: new Uint8Array(1), fin: false },
  "a ping that is too long": { opcode: Opcode.ping, payload: new Uint8Array(126) },
  "a close with half a code": { opcode: Opcode.close, payload: new Uint8Array(1) },
} as const;

eachOnTransports(Object.entries(BROKEN_FRAMES))(
  "%s ends the connection",
  async (transport, _name, frame) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendFrame(frame);
    assertNotEquals(await client.recv(), undefined);
    await siege.cleared();
  },
);

/** The case of the protocol suite that has the same difference. */
const UNMASKED = "x.1.1";

onTransports("frames that are not masked end the connection, or are taken", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.connect();
  const payload = new TextEncoder().encode('[null,"1","phoenix","heartbeat",{}]');
  await client.sendFrame({ opcode: Opcode.text, payload, masked: false });
  if (!transport.known[UNMASKED]) return assertEquals((await nextClose(client)).code, 1002);
  assertEquals(await nextText(client), '[null,"1","phoenix","phx_reply",{"status":"ok","response":{}}]');
  await assertServed(client);
});
