/**
 * Frames that are no messages close their own connection with code 1007, and nothing else.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { SiegeSocket } from "../../fixtures/siege_app.ts";
import { concatenate } from "../../support/raw_connection.ts";
import { nextClose, Siege } from "../../support/siege.ts";
import { encodeFrame, Opcode } from "../../support/ws_frame.ts";
import { eachOnTransports, onTransports } from "../../support/transports.ts";

const TEXTS = {
  "an empty text": "",
  "a blank": " ",
  "no JSON": "hello",
  "half of JSON": '["1","1","room:a"',
  "JSON and more": '["1","1","room:a","echo",{}]]',
  "an object": '{"topic":"room:a","event":"echo","payload":{},"ref":"1"}',
  "a string": '"phx_join"',
  "a number": "1e999",
  "null": "null",
  "too few elements": '["1","1","room:a","echo"]',
  "an empty list": "[]",
  "half a surrogate pair of JSON": '["1","1","room:a","\\ud800"',
  "a byte order mark": "\ufeff[]",
  "single quotes": "['1','1','room:a','echo',{}]",
  "NaN": '["1","1","room:a","echo",NaN]',
  "a list deeper than any stack, not closed": "[".repeat(200_000),
} as const;

eachOnTransports(Object.entries(TEXTS))(
  "text that is no message, %s, closes with 1007",
  async (transport, _name, text) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendText(text);
    assertEquals(await nextClose(client), { code: 1007, reason: "malformed message" });
    await siege.cleared();
  },
);

const BINARIES = {
  "an empty frame": [],
  "a kind and nothing more": [0],
  "half a header": [0, 1, 1],
  "the server's kind 1": [1, 1, 1, 6, 4, ...bytesOf("11room:aecho")],
  "the server's kind 2": [2, 6, 4, ...bytesOf("room:aecho")],
  "a kind that does not exist": [255, 0, 0, 0, 0],
  "lengths past the end": [0, 255, 255, 255, 255, 1],
  "a length one past the end": [0, 1, 1, 6, 5, ...bytesOf("11room:aecho")],
  "a topic that is not UTF-8": [0, 1, 1, 2, 4, ...bytesOf("11"), 0xc3, 0x28, ...bytesOf("echo")],
  "a topic that ends within a character": [0, 1, 1, 1, 1, ...bytesOf("11"), 0xc3, 0xa9],
} as const;

eachOnTransports(Object.entries(BINARIES))(
  "bytes that are no message, %s, close with 1007",
  async (transport, _name, bytes) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.join("room:a");
    await client.sendBinary(Uint8Array.from(bytes));
    assertEquals(await nextClose(client), { code: 1007, reason: "malformed message" });
    await siege.cleared();
  },
);

const V1_FRAMES = {
  "a list": '["1","1","room:a","echo",{}]',
  "no topic": '{"event":"echo","payload":{},"ref":"1"}',
  "no event": '{"topic":"room:a","payload":{},"ref":"1"}',
  "no payload": '{"topic":"room:a","event":"echo","ref":"1"}',
  "no ref": '{"topic":"room:a","event":"echo","payload":{}}',
  "fields in the prototype only": '{"__proto__":{"topic":"room:a","event":"echo","payload":{},"ref":"1"}}',
  "bytes": new Uint8Array([0, 0, 0, 0, 0]),
} as const;

eachOnTransports(Object.entries(V1_FRAMES))(
  "a V1 frame that is no message, %s, closes with 1007",
  async (transport, _name, frame) => {
    await using siege = await Siege.begin(transport, SiegeSocket);
    const client = await siege.connect("vsn=1.0.0");
    await (typeof frame === "string" ? client.sendText(frame) : client.sendBinary(frame));
    assertEquals(await nextClose(client), { code: 1007, reason: "malformed message" });
    await siege.cleared();
  },
);

/** The case of the protocol suite that has the same difference. */
const NOT_UTF8 = "6.3.1";

onTransports("text that is not UTF-8 ends the connection", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  await client.sendFrame({ opcode: 1, payload: new Uint8Array([0x22, 0xff, 0xfe, 0x22]) });
  if (transport.known[NOT_UTF8]) assertEquals((await client.recv())?.kind, "eof");
  else assertEquals((await nextClose(client)).code, 1007);
  await siege.cleared();
});

onTransports("what follows a malformed frame in the same packet is not handled", async (transport) => {
  await using siege = await Siege.begin(transport, SiegeSocket);
  const client = await siege.join("room:a");
  const other = await siege.join("room:a");
  const late = textFrame('["1","2","room:a","shout",{"late":true}]');
  await client.sendBytes(concatenate(textFrame("nonsense"), concatenate(late, late)));
  assertEquals(await nextClose(client), { code: 1007, reason: "malformed message" });
  assertEquals(await other.recv(50), undefined);
});

function textFrame(text: string): Uint8Array {
  return encodeFrame({ opcode: Opcode.text, payload: bytesOf(text) });
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
